use super::prompts::Doing;
use super::subject::Subject;
pub fn directive(_: Subject, _: Doing) -> String { String::new() }
