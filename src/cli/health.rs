//! `talekeeper health`: whether the bot of this data folder is alive, for health checks of containers and scripts.
//! It looks at the sign of life only; what is right and wrong otherwise is `check`'s business.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use clap::Args;

use crate::app::pulse::{self, Sign};
use crate::cli::{Ending, complain};
use crate::config::Config;

/// Say whether the bot is alive, for health checks
///
/// Looks for the sign of life that a running bot leaves in the data folder every half a minute, as long as its tasks
/// run and its database answers. Ends with exit code 0 if it is fresh, with 1 if no bot runs here or the running one
/// is stuck. A table in the terminal leaves none.
#[derive(Debug, Args)]
pub struct HealthArgs {
    /// Print nothing; the exit code says it
    #[arg(short, long)]
    quiet: bool,
}

/// Looks once and says what it found.
pub fn run(args: &HealthArgs, config: &Config) -> Ending {
    let (ending, found) = look(&config.data_dir);
    if args.quiet {
        return ending;
    }
    if ending == Ending::Done {
        // Nobody may be reading; the exit code says it as well.
        let _ = writeln!(io::stdout().lock(), "{found}");
    } else {
        complain(&found);
    }
    ending
}

fn look(data_dir: &Path) -> (Ending, String) {
    match pulse::last_sign(data_dir) {
        Ok(Sign::Fresh(age)) => (Ending::Done, format!("The bot is alive; its last sign is {} old.", seconds(age))),
        Ok(Sign::Stale(age)) => {
            let folder = data_dir.display();
            (Ending::Failed, format!("The bot of {folder} is stuck or gone: its last sign is {} off.", seconds(age)))
        }
        Ok(Sign::None) => (Ending::Failed, format!("No bot runs in {}.", data_dir.display())),
        Err(failure) => (Ending::Failed, format!("The sign of life cannot be looked at: {failure}.")),
    }
}

fn seconds(age: Duration) -> String {
    format!("{} s", age.as_secs())
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::SystemTime;

    use super::*;

    #[track_caller]
    fn check(moved: impl Fn(SystemTime) -> SystemTime, expect: Ending) {
        let dir = tempfile::tempdir().unwrap();
        let file = File::create(dir.path().join("talekeeper.alive")).unwrap();
        file.set_modified(moved(SystemTime::now())).unwrap();
        assert_eq!(look(dir.path()).0, expect);
    }

    #[test]
    fn only_a_fresh_sign_is_life() {
        check(|now| now, Ending::Done);
        check(|now| now - Duration::from_secs(60), Ending::Done);
        check(|now| now - Duration::from_secs(120), Ending::Failed);
        // The clock was set back: nothing is known of the time since.
        check(|now| now + Duration::from_secs(3600), Ending::Failed);
        let nobody = tempfile::tempdir().unwrap();
        assert_eq!(look(nobody.path()).0, Ending::Failed);
    }
}
