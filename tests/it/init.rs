//! `talekeeper init`: the talk at a terminal, beside a Discord of the test's own, and the same by options alone.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use fake_discord::{FakeDiscord, Intent, Judge, Options, Permission};

use crate::support::bot::{Bot, reply};
use crate::support::installation::{Installation, text};
use crate::support::screen::Screen;

const API_URL: &str = "TALEKEEPER_DISCORD__API_URL";
const WRONG: &str = "MTAwMDAwMDAwMDAwMDAwMDAx.GfAkEd.not-the-right-one-00000000000000000000";
const TOKEN: &str = "Token (it is not shown; Enter alone goes on without Discord): ";

fn home(discord: &FakeDiscord) -> Installation {
    let mut home = Installation::new();
    home.env(API_URL, &discord.api_url());
    home
}

/// What a command does that knows only what was written.
fn as_written(home: &Installation, words: &[&str]) -> Command {
    let mut command = home.command(words);
    command.env_remove(API_URL).env_remove("DISCORD_TOKEN");
    command
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Everything that lies in the installation's folder.
fn files(home: &Installation) -> Vec<String> {
    let entries = std::fs::read_dir(home.folder()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_host_is_led_from_the_token_to_the_first_line_somebody_writes() {
    let discord = FakeDiscord::open(Options { privileged_intents: 0, joined: false, ..Options::default() });
    // A wrong token is tried first.
    discord.pardon(Judge::Refusal);
    discord.pardon(Judge::AfterUnauthorized);
    let home = home(&discord);
    let (token, tavern, ana) = (discord.token(), discord.channel("tavern"), discord.user("ana"));
    tavern.denies_bot(Permission::SEND_MESSAGES);
    let mut screen = Screen::start(home.at_a_terminal(&["init"], ""));
    screen.expect(TOKEN);
    screen.types("123456789012345678");
    screen.expect("That is a number, such as the application id");
    screen.expect(TOKEN);
    screen.types(WRONG);
    screen.expect("Discord does not know this token");
    screen.expect(TOKEN);
    screen.types(&format!("\"{token}\""));
    screen.expect("Your bot is called talekeeper.");
    screen.expect("scope=bot+applications.commands&permissions=275414887488");
    screen.expect("missing  Message Content Intent is off");
    assert_eq!(discord.gateway().identifies(), 0, "a connection that would be refused is not tried");
    discord.switches_intents(Intent::PRIVILEGED);
    screen.expect("good     It may read messages.");
    screen.expect("missing  It is in no server yet");
    discord.invites_bot();
    screen.expect("good     It is in The Sunken Crown.");
    screen.expect("note     Send Messages is missing in #tavern: nothing is answered there.");
    let to_bot = format!("<@{}> hello", discord.bot_id());
    discord.block_on(ana.says(&tavern, &to_bot));
    screen.expect("missing  ana wrote to it in #tavern, and it could not answer: Send Messages is missing there.");
    tavern.allows_bot(Permission::SEND_MESSAGES);
    screen.expect("It can answer in #tavern now. That channel is your table.");
    screen.expect("Who tells the story?");
    screen.types("nobody");
    screen.expect("There is no provider called nobody");
    screen.types("");
    screen.expect("In which language is the story told?");
    screen.types("");
    screen.expect("Written: config.yaml and discord-token, for your eyes only.");
    screen.expect("Start the bot with `talekeeper`, and let it run.");
    screen.expect("Then write in #tavern of The Sunken Crown: @talekeeper I open the door");
    screen.expect("Play a first scene here");
    screen.types("n");
    let (code, shown) = screen.end();
    assert_eq!(code, Some(0), "{shown}");
    for secret in [&token, WRONG] {
        assert!(secret.split('.').all(|part| !shown.contains(part)), "{shown}");
    }
    assert_eq!(files(&home), ["config.yaml", "discord-token"]);
    for file in files(&home) {
        assert_eq!(mode(&home.folder().join(file)), 0o600);
    }
    let checked = as_written(&home, &["check"]).output().unwrap();
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stdout));
    assert!(text(&checked.stdout).contains("channel of tavern: the bot may do there all it needs"));
    discord.block_on(async {
        let before = discord.gateway().identifies();
        let bot = Bot::of(as_written(&home, &["run"]));
        discord.gateway().expect_identifies(before + 1).await;
        discord.wait_ready().await;
        ana.says(&tavern, &format!("<@{}> I open the door", discord.bot_id())).await;
        reply(&tavern, "").await;
        assert_eq!(bot.end(), Some(0));
    });
}

#[test]
fn the_first_mention_is_answered_and_its_channel_becomes_the_table() {
    let discord = FakeDiscord::open(Options::default());
    let home = home(&discord);
    let (general, ana) = (discord.channel("general"), discord.user("ana"));
    let mut screen =
        Screen::start(home.at_a_terminal(&["init", "--provider", "oracle", "--language", "de", "--no-play"], ""));
    screen.expect(TOKEN);
    screen.types(&discord.token());
    screen.expect("good     It is in The Sunken Crown.");
    discord.block_on(async {
        discord.gateway().expect_connected().await;
        ana.says(&general, "nothing to do with it").await;
        let said = ana.says(&general, &format!("<@{}> hello", discord.bot_id())).await;
        let answer = general.expect_message(|message| message.content.starts_with("I hear you.")).await;
        assert_eq!(answer.reply_to, Some(said.id));
    });
    screen.expect("good     ana wrote to it in #general, and it answered. That channel is your table.");
    let (code, shown) = screen.end();
    assert_eq!(code, Some(0), "{shown}");
    let written = std::fs::read_to_string(home.folder().join("config.yaml")).unwrap();
    assert!(written.contains(&format!("channel_id: \"{}\"", general.id())), "{written}");
    assert!(written.contains("provider: oracle") && written.contains("language: \"de\""), "{written}");
    discord.block_on(discord.gateway().expect_disconnected());
}

#[test]
fn ending_the_talk_leaves_everything_as_it_was() {
    let discord = FakeDiscord::open(Options { privileged_intents: 0, ..Options::default() });
    let home = home(&discord);
    // While the token is typed the terminal is told not to show it; afterwards it shows again.
    let mut screen = Screen::start(home.at_a_terminal(&["init"], "; echo code $?; stty -a"));
    screen.expect(TOKEN);
    screen.presses("half-a-tok\u{3}");
    screen.expect("Nothing was written; everything is as it was.");
    screen.expect("code 1");
    screen.expect(" echo ");
    drop(screen);
    let mut screen = Screen::start(home.at_a_terminal(&["init"], "; echo code $?"));
    screen.expect(TOKEN);
    screen.types(&discord.token());
    screen.expect("missing  Message Content Intent is off");
    screen.presses("\u{3}");
    screen.expect("code 1");
    drop(screen);
    // At the end of the input too; Enter goes on without waiting.
    let mut screen = Screen::start(home.at_a_terminal(&["init"], "; echo code $?"));
    screen.expect(TOKEN);
    screen.types(&discord.token());
    screen.expect("missing  Message Content Intent is off");
    screen.types("");
    screen.expect("Who tells the story?");
    screen.presses("\u{4}");
    screen.expect("code 1");
    assert!(files(&home).is_empty(), "{:?}", files(&home));
}

#[test]
fn a_script_needs_no_terminal() {
    let discord = FakeDiscord::open(Options::default());
    let mut home = home(&discord);
    let channel = discord.channel("tavern").id().to_string();
    let refused = home.run(&["init"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("With --yes"), "{}", text(&refused.stderr));
    home.env("DISCORD_TOKEN", &discord.token());
    let words =
        ["init", "--yes", "--channel", &channel, "--table", "den", "--provider", "oracle", "--language", "pt-BR"];
    let done = home.run(&words);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert_eq!(files(&home), ["config.yaml"], "a token in the environment stays there");
    let written = std::fs::read_to_string(home.folder().join("config.yaml")).unwrap();
    assert!(written.contains("name: \"den\"") && written.contains("# #tavern of The Sunken Crown"), "{written}");
    assert!(!written.contains(&discord.token()) && !text(&done.stdout).contains(&discord.token()));
    assert!(home.run(&["check"]).status.success());
    // What is there is not overwritten unasked.
    let again = home.run(&words);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("config.yaml is there already. --force replaces it"));
    assert!(home.run(&[&words[..], &["--force"]].concat()).status.success());
    assert_eq!(files(&home), ["config.yaml", "config.yaml.old"]);
}

#[test]
fn a_script_hands_the_token_over_without_naming_it() {
    let discord = FakeDiscord::open(Options::default());
    let home = home(&discord);
    let done = home.run_with(&["init", "--yes", "--token-file", "-"], &discord.token());
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert_eq!(files(&home), ["config.yaml", "discord-token"]);
    let checked = as_written(&home, &["check"]).output().unwrap();
    assert!(text(&checked.stdout).contains("the token is good"), "{}", text(&checked.stdout));
    // A file of the host's own is named and stays where it is.
    std::fs::rename(home.folder().join("discord-token"), home.folder().join("mine")).unwrap();
    assert!(home.run(&["init", "--yes", "--force", "--token-file", "mine"]).status.success());
    let checked = as_written(&home, &["check"]).output().unwrap();
    assert!(text(&checked.stdout).contains("the token is good"), "{}", text(&checked.stdout));
    assert_eq!(files(&home), ["config.yaml", "config.yaml.old", "mine"]);
}

#[test]
fn a_script_with_a_wrong_token_writes_nothing() {
    let discord = FakeDiscord::open(Options::default());
    discord.pardon(Judge::Refusal);
    let home = home(&discord);
    for (token, sentence) in [(WRONG, "Discord does not know this token"), ("0123456789", "That is a number")] {
        let done = home.run_with(&["init", "--yes", "--token-file", "-"], token);
        assert_eq!(done.status.code(), Some(2), "{}", text(&done.stdout));
        assert!(text(&done.stderr).contains(sentence), "{}", text(&done.stderr));
        assert!(files(&home).is_empty(), "{:?}", files(&home));
    }
}

#[test]
fn a_first_scene_is_played_before_there_is_any_key() {
    let home = Installation::new();
    let words = ["init", "--yes", "--no-discord", "--play"];
    let done = home.run_with(&words, "I knock at the green door\n");
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    let story = home.command(&["story", "show", "--table", "first-scene"]).stdin(Stdio::null()).output().unwrap();
    assert!(text(&story.stdout).contains("green door"), "{}", text(&story.stderr));
}
