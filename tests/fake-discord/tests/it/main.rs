//! The fake, tried from outside: by a hand-made client, by serenity, and by the violations each judge must find.

mod client;
mod faults;
mod gateway;
mod interactions;
mod judges;
mod messages;
mod serenity;
mod shapes;
