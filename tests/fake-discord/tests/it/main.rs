//! The fake, tried from outside: by a hand-made client, by serenity, and by the violations each judge must find.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail like the test")]

mod builders;
mod client;
mod decoding;
mod faults;
mod gateway;
mod interactions;
mod judges;
mod messages;
mod serenity;
mod shapes;
