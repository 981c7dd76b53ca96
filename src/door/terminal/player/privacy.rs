//! What is kept about whoever sits at the terminal: looked at, handed out as a file, erased.
//! The words are those of every door.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;

use super::Player;
use crate::door::terminal::typed::PrivacyWish;
use crate::door::{privacy as words, wording};
use crate::table::PersonError;

impl Player {
    pub(super) async fn privacy(&mut self, wish: PrivacyWish) -> io::Result<()> {
        match wish {
            PrivacyWish::About | PrivacyWish::Export => {
                let about = match self.hall.about(&self.person.id).await {
                    Ok(about) => about,
                    Err(failure) => return self.note(&format!("That could not be read: {failure}.")),
                };
                self.say(&words::kept(&about))?;
                if wish == PrivacyWish::Export && !about.is_empty() {
                    let name = format!("about-you-{}.json", self.sitting);
                    let mut options = OpenOptions::new();
                    let mut file = options.write(true).create_new(true).mode(0o600).open(&name)?;
                    file.write_all(&words::export(&about))?;
                    self.say(&format!("It is written to {name}."))?;
                }
                Ok(())
            }
            PrivacyWish::Explain => {
                self.say(words::WHAT_ERASING_DOES)?;
                self.say("To have it done: /privacy erase yes. To have a copy first: /privacy export.")
            }
            PrivacyWish::Erase => match self.hall.erase(&self.person.id).await {
                Ok(receipt) => {
                    self.seat = None;
                    self.say(&words::receipt(&receipt))
                }
                Err(PersonError::Table(failure)) => self.note(&wording::table_error(&failure)),
                Err(failure) => {
                    self.note(&format!("Not everything could be erased: {failure}. What is done stays done."))
                }
            },
        }
    }
}
