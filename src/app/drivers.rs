//! The drivers that are built, made from the configuration: the only place that knows which name means which driver.
//! It starts none of them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Config, Driver, ProviderConfig};
use crate::domain::ProviderName;
use crate::provider::acp::Acp;
use crate::provider::claude::{self, Claude};
use crate::provider::cli::CliSettings;
use crate::provider::codex::{self, Codex};
use crate::provider::droid::Droid;
use crate::provider::environment::Environment;
use crate::provider::oracle::Oracle;
use crate::provider::process::Launcher;
use crate::provider::{Provider, Registry};

/// The well-known providers that have a driver, in the order in which they are preferred.
pub(super) const KNOWN: [&str; 6] = ["claude", "codex", "gemini", "droid", "opencode", "qwen"];

/// What drivers need beside the configuration.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    /// How programs are started.
    pub(super) launcher: Launcher,
    /// Our own environment, of which each program sees a short list.
    pub(super) environment: Environment,
    /// Where drivers that keep a program start the task that looks after it.
    pub(super) tasks: TaskTracker,
    /// Fires when everything ends; a program that is kept ends after its last turn.
    pub(super) ending: CancellationToken,
}

impl Surroundings {
    /// From the environment as the configuration read it.
    pub(super) fn new(env: &[(String, String)]) -> io::Result<Self> {
        let environment = env.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect();
        let (tasks, ending) = (TaskTracker::new(), CancellationToken::new());
        Ok(Self { launcher: Launcher::own()?, environment, tasks, ending })
    }
}

/// All providers: the oracle, those that are well known and those that the configuration names.
pub(super) fn registry(config: &Config, surroundings: &Surroundings) -> Registry {
    let known = KNOWN.iter().map(|name| ProviderName::new(*name));
    let named = config.providers.keys().cloned();
    let built = known.chain(named).filter_map(|name| build(config, surroundings, name));
    Registry::new(built.chain([Arc::new(Oracle::new()) as Arc<dyn Provider>]))
}

fn build(config: &Config, surroundings: &Surroundings, name: ProviderName) -> Option<Arc<dyn Provider>> {
    let wanted = config.provider(&name)?;
    let driver = wanted.driver;
    let settings = settings(config, surroundings, name, wanted);
    Some(match driver {
        Driver::Claude => Arc::new(Claude::new(settings)),
        Driver::Acp => Arc::new(Acp::new(settings)),
        Driver::Droid => Arc::new(Droid::new(settings)),
        Driver::Codex => Arc::new(Codex::new(settings)),
        Driver::Oracle => return None,
    })
}

fn settings(config: &Config, surroundings: &Surroundings, name: ProviderName, wanted: ProviderConfig) -> CliSettings {
    let usual = CliSettings::new(name.clone(), surroundings.launcher.clone(), surroundings.environment.clone());
    CliSettings {
        command: program(&name, &wanted),
        env: exposed(&wanted),
        args: wanted.args,
        models: wanted.models,
        timeout: wanted.timeout,
        quiet_notice: config.limits.quiet_notice,
        line_limit: usize::try_from(config.limits.line).unwrap_or(usize::MAX),
        scratch: Some(scratch(config)),
        tasks: surroundings.tasks.clone(),
        ending: surroundings.ending.clone(),
        warm: usize::try_from(wanted.warm).unwrap_or(usize::MAX),
        idle: if wanted.driver == Driver::Claude { claude::IDLE } else { usual.idle },
        ..usual
    }
}

/// Where providers' programs have what they need for as long as they run. In the data folder, which one program holds at
/// a time, so that what a killed one left can be told from what another one needs. Absolute, because the programs run in
/// other folders than we do.
pub(super) fn scratch(config: &Config) -> PathBuf {
    let folder = config.data_dir.join("run");
    std::path::absolute(&folder).unwrap_or(folder)
}

/// The program of a provider that has a driver; none for one that has not, or needs no program.
pub(super) fn command(config: &Config, name: &ProviderName) -> Option<String> {
    let wanted = config.provider(name)?;
    (wanted.driver != Driver::Oracle).then(|| program(name, &wanted))
}

/// What is known of a sign-in. Whether it is still good only a turn can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SignIn {
    /// There is no such provider.
    NoProvider,
    /// Only the program itself knows.
    NotKnown,
    ByKey,
    OnThisMachine,
    NotFound,
}

/// Evidence of a sign-in, as a sentence.
pub(super) fn sign_in(config: &Config, surroundings: &Surroundings, name: &ProviderName) -> &'static str {
    match signed_in(config, surroundings, name) {
        SignIn::NoProvider => "",
        SignIn::NotKnown => "whether it is signed in, only it can tell",
        SignIn::ByKey => "signed in by a key in the environment",
        SignIn::OnThisMachine => "signed in on this machine",
        SignIn::NotFound => "no sign-in was found; start it once by hand and sign in",
    }
}

fn signed_in(config: &Config, surroundings: &Surroundings, name: &ProviderName) -> SignIn {
    let Some(wanted) = config.provider(name) else { return SignIn::NoProvider };
    let Some((keys, files)) = evidence(wanted.driver, name.as_str()) else { return SignIn::NotKnown };
    let has = |variable: &str| {
        wanted.env.contains_key(variable) || surroundings.environment.contains_key(&OsString::from(variable))
    };
    if keys.iter().any(|name| has(name)) {
        return SignIn::ByKey;
    }
    let home = surroundings.environment.get(&OsString::from("HOME")).map(PathBuf::from);
    match home {
        Some(home) if files.iter().any(|file| home.join(file).exists()) => SignIn::OnThisMachine,
        _ => SignIn::NotFound,
    }
}

/// Whether people are offered a provider: its program is there, and there is evidence of a sign-in, or only it can tell,
/// or the host relies on it. Nothing is started for that.
pub(super) fn is_offered(config: &Config, surroundings: &Surroundings, name: &ProviderName) -> bool {
    if *name == ProviderName::oracle() {
        return true;
    }
    let installed = command(config, name).is_some_and(|command| is_installed(&command, &surroundings.environment));
    let tables = config.tables.iter().filter_map(|table| table.provider.as_ref());
    let relied_on =
        config.providers.contains_key(name) || tables.chain(&config.defaults.provider).any(|one| one == name);
    installed && (relied_on || signed_in(config, surroundings, name) != SignIn::NotFound)
}

/// Whether a program would be found, as the system looks for it.
fn is_installed(command: &str, environment: &Environment) -> bool {
    if command.contains('/') {
        return Path::new(command).is_file();
    }
    let path = environment.get(&OsString::from("PATH"));
    path.is_some_and(|path| std::env::split_paths(path).any(|folder| folder.join(command).is_file()))
}

/// What a sign-in leaves behind: a key in a variable, or a file under the home folder. None where nothing is known.
fn evidence(driver: Driver, name: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
    Some(match (driver, name) {
        (Driver::Claude, _) => {
            (&["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"], &[".claude/.credentials.json"])
        }
        (Driver::Codex, _) => (codex::KEYS, &[".codex/auth.json"]),
        (Driver::Droid, _) => (
            &["FACTORY_API_KEY"],
            &[".factory/auth.json", ".factory/auth.encrypted", ".factory/auth.v2.file", ".factory/auth.v2.key"],
        ),
        (Driver::Acp, "gemini") => (&["GEMINI_API_KEY", "GOOGLE_API_KEY"], &[".gemini/oauth_creds.json"]),
        (Driver::Acp, "opencode") => (&["OPENCODE_API_KEY"], &[".local/share/opencode/auth.json"]),
        (Driver::Acp, "qwen") => (&["OPENAI_API_KEY", "DASHSCOPE_API_KEY"], &[".qwen/oauth_creds.json"]),
        (Driver::Acp | Driver::Oracle, _) => return None,
    })
}

fn program(name: &ProviderName, wanted: &ProviderConfig) -> String {
    wanted.command.clone().unwrap_or_else(|| name.to_string())
}

/// The host's environment for a provider, in the open: it goes nowhere but into that program's.
fn exposed(wanted: &ProviderConfig) -> BTreeMap<String, String> {
    wanted.env.iter().map(|(name, value)| (name.clone(), value.expose_secret().to_owned())).collect()
}
