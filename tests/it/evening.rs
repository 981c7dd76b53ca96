//! One evening through the real program: two players and one who reads along, three scenes, everything that a table has;
//! then everything that ever reached each of them, and that nothing else did.

mod remains;
mod seats;

use fake_discord::{Id, Message, Options, Permission, Person, RateLimits, Room};
use serde_json::{Value, json};

use crate::support::bot::{Bot, Scene, buttons, reply};
use crate::support::installation::{Installation, until};
use seats::Known;

/// Every die has one side, so that an evening tells the same each time; how dice fall is tried elsewhere.
const KIT: &str = "name: evening\nvitals: [{ key: hp, max: 10 }]\nchecks: { initiative: 1d1+30 }\n";

/// Everything that the fake CLI tells, as it tells it.
const REPLIES: [&str; 14] = [
    "## The Landing\nFog lies on the river.\n\n**Mira:** Two coppers each.",
    "**Mira:** Two coppers each.",
    "The boat rocks.",
    "The lamp gutters.",
    "A heron calls.",
    "The water is cold.",
    "They come.",
    "The blade falls.",
    "The arrow flies.",
    "All at once.",
    "It burns.",
    "Rats in the cellar.",
    "The hatch opens.",
    "Morning comes.",
];

/// What only some may know: the word, and who may.
const SECRETS: [(&str, &[&str]); 8] = [
    ("OPALKEY", &["ana"]),
    ("RUBYEYE", &["ben"]),
    ("EMERALD", &["ana", "ben"]),
    ("TOPAZ", &["ana", "ben"]),
    ("SHADOWSTEP", &["ana"]),
    ("STARFALL", &["ben"]),
    ("MOONFALL", &[]),
    ("LURKER", &[]),
];

struct Evening<'a> {
    scene: &'a Scene,
    room: Room,
    ana: Person,
    ben: Person,
    cora: Person,
}

impl Evening<'_> {
    async fn says(&self, person: &Person, words: &str, answer: &str) -> Message {
        person.says(&self.room, &self.scene.to_bot(&format!("{words} [[fake:say text='{answer}']]"))).await;
        let last = answer.rsplit("\\n").next().unwrap();
        let last = last.split_once(":** ").map_or(last, |(_, spoken)| spoken);
        reply(&self.room, last).await
    }

    /// The answer to a command, when it has come.
    async fn asks(&self, person: &Person, command: &str, options: Value) -> Message {
        person.slash(&self.room, command, options).await.response().await
    }

    async fn shows(&self, words: &str) -> Message {
        self.room.expect_message(|message| message.content.contains(words)).await
    }
}

/// Has the fake CLI call a tool and then say something, of which nobody but it knows beforehand: what it is asked to do
/// stands in a file.
fn tool(home: &Installation, name: &str, args: &Value, say: &str) -> String {
    let folder = home.folder().join(".fake-cli");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name).with_extension("txt"), format!("tool name={name} args='{args}' say='{say}'"))
        .unwrap();
    format!("[[fake:script name={name}]]")
}

#[test]
fn an_evening_shows_every_seat_what_it_may_know_and_nothing_else() {
    // A program that is killed cannot tell the next one how many requests it made.
    let options = Options { rate_limits: RateLimits::Off, ..Options::default() };
    let scene = Scene::with(options, Installation::with_fake_claude(), ", voices: webhook");
    let folder = scene.home.data().join("tables/general");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("kit.yaml"), KIT).unwrap();
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let [ana, ben, cora] = ["ana", "ben", "cora"].map(|name| discord.user(name));
        let evening = Evening { scene: &scene, room: discord.channel("general"), ana, ben, cora };
        evening.ana.may(Permission::MANAGE_MESSAGES);
        evening.room.denies(&evening.cora, Permission::SEND_MESSAGES | Permission::SEND_MESSAGES_IN_THREADS);

        evening.a_character_speaks().await;
        evening.letters_go_about().await;
        evening.dice_fall_in_secret().await;
        evening.a_leap_is_taken_back().await;
        evening.asks(&evening.ana, "scene new", json!({ "title": "The Bridge" })).await;
        evening.a_fight_goes_round().await;
        evening.a_round_is_told_at_once().await;
        evening.asks(&evening.ana, "scene new", json!({ "title": "The Mill" })).await;
        evening.play_is_stopped_and_goes_on().await;
        let bot = evening.the_program_dies_in_mid_turn(bot).await;
        evening.all_ask_what_they_may_not_know().await;
        evening.the_story_is_taken_home().await;
        let drawn = evening.the_oracle_sits_in().await;
        evening.the_last_scene_ends().await;
        assert_eq!(bot.end(), Some(0));
        evening.reached(&drawn);
    });
    remains::hold_no_secret(&scene.home);
}

impl Evening<'_> {
    async fn a_character_speaks(&self) {
        let card = format!("{}/tests/fixtures/cards/mira-v2.png", env!("CARGO_MANIFEST_DIR"));
        let card = self.scene.discord.file("mira.png", &std::fs::read(card).unwrap(), "image/png");
        self.asks(&self.ana, "character import", json!({ "card": card })).await;
        let landing = "# The Landing\\n\\nFog lies on the river.\\n\\n**Mira:** Two coppers each.";
        self.says(&self.ana, "We come to the landing.", landing).await;
        let boat = self.says(&self.ben, "I pay.", "The boat rocks.").await;
        self.cora.clicks(&boat, "Undo").await.follow_up(0).await;
    }

    async fn letters_go_about(&self) {
        let whisper =
            tool(&self.scene.home, "whisper", &json!({ "seat": 2, "text": "It glows RUBYEYE." }), "The lamp gutters.");
        self.asks(&self.ana, "whisper", json!({ "text": format!("I palm the OPALKEY. {whisper}") })).await;
        let sealed = |message: &Message| buttons(message) == ["Open"];
        let letter = self.room.expect_message(sealed).await;
        reply(&self.room, "The lamp gutters.").await;
        for person in [&self.ana, &self.ben, &self.cora] {
            person.clicks(&letter, "Open").await.follow_up(0).await;
        }
        self.asks(&self.ana, "whisper", json!({ "to": "ben", "text": "Take the EMERALD." })).await;
        let note = self.room.expect_message(sealed).await;
        self.ben.clicks(&note, "Open").await.follow_up(0).await;
        self.asks(&self.ben, "whisper", json!({ "deliver": 1 })).await;
        self.asks(&self.ana, "whisper", json!({ "to": "ben", "text": "Burn the TOPAZ." })).await;
        self.room.expect_message(sealed).await;
        self.ben.direct().expect_message(|message| message.content.contains("TOPAZ")).await;
    }

    async fn dice_fall_in_secret(&self) {
        self.asks(&self.ana, "roll", json!({ "dice": "1d1+700000 # SHADOWSTEP", "shown": 1 })).await;
        self.asks(&self.ben, "roll", json!({ "dice": "1d1+800000 # MOONFALL", "shown": 2 })).await;
        self.asks(&self.ben, "roll", json!({ "dice": "1d1+900000 # STARFALL", "shown": 3 })).await;
        self.says(&self.ben, "I listen.", "A heron calls.").await;
    }

    /// A vital that a tool changed and the dice of the same turn go together.
    async fn a_leap_is_taken_back(&self) {
        let hurt = json!({ "seat": 2, "vital": "hp", "by": -3, "why": "cold water" });
        let leap = format!(
            "I leap [[1d1+40 # leaping]] {}",
            tool(&self.scene.home, "change_vital", &hurt, "The water is cold.")
        );
        self.ben.says(&self.room, &self.scene.to_bot(&leap)).await;
        self.shows("leaping").await;
        reply(&self.room, "The water is cold.").await;
        let sheet = self.asks(&self.ben, "sheet show", json!({})).await;
        assert!(sheet.content.contains("7 of 10"), "{}", sheet.content);
        assert!(self.asks(&self.cora, "rolls", json!({})).await.content.contains("one roll"));
        self.asks(&self.cora, "undo", json!({})).await;
        self.asks(&self.ben, "undo", json!({})).await;
        let sheet = self.asks(&self.ben, "sheet show", json!({})).await;
        assert!(sheet.content.contains("10 of 10"), "{}", sheet.content);
        assert!(self.asks(&self.cora, "rolls", json!({})).await.content.contains("Nobody has rolled"));
    }

    async fn a_fight_goes_round(&self) {
        let foes = json!({ "places": [{ "name": "Wolves" }, { "name": "LURKER", "hidden": true }] });
        let comes = format!("I wait in the dark. {}", tool(&self.scene.home, "start_fight", &foes, "They come."));
        self.asks(&self.ana, "whisper", json!({ "text": comes })).await;
        reply(&self.room, "They come.").await;
        let card = self.shows("⚔️ **Round 1**").await;
        self.shows("Next: **ana**.").await;
        self.says(&self.ana, "I strike.", "The blade falls.").await;
        self.shows("Next: **ben**.").await;
        self.room.expect_edit(&card, |now| now.content.contains("▶ **ben**")).await;
        self.says(&self.ben, "I shoot.", "The arrow flies.").await;
        self.room.expect_edit(&card, |now| now.content.contains("**Round 2**")).await;
        self.shows("Round 2. Next: **ana**.").await;
        self.asks(&self.cora, "fight show", json!({})).await;
        self.asks(&self.ana, "fight end", json!({})).await;
        self.room.expect_edit(&card, |now| now.content == "⚔️ The fight is over.").await;
    }

    async fn a_round_is_told_at_once(&self) {
        self.asks(&self.ana, "turns round", json!({})).await;
        let card = self.shows("Still missing: **ana** and **ben**.").await;
        self.ben.says(&self.room, &self.scene.to_bot("I hide.")).await;
        self.room.expect_edit(&card, |now| now.content.contains("Said: **ben**.")).await;
        self.says(&self.ana, "I call.", "All at once.").await;
        self.room.expect_edit(&card, |now| now.content.contains("missing: **ana** and **ben**.")).await;
        self.asks(&self.ana, "turns open", json!({})).await;
        self.room.expect_edit(&card, |now| !now.content.contains("missing")).await;
    }

    async fn play_is_stopped_and_goes_on(&self) {
        self.says(&self.ana, "I light a lamp.", "It burns.").await;
        self.says(&self.ana, "I open the cellar.", "Rats in the cellar.").await;
        let stopped = self.ben.slash(&self.room, "safety stop", json!({})).await;
        let stopped = stopped.expect(|message| message.content.contains("Play is paused")).await;
        self.shows("We are pausing for a moment.").await;
        self.ben.clicks(&stopped, "Rewind").await.expect(|message| message.content.contains("out of the story")).await;
        self.asks(&self.ana, "safety resume", json!({})).await;
        self.asks(&self.ben, "safety ready", json!({})).await;
        self.shows("-# We go on.").await;
    }

    async fn the_program_dies_in_mid_turn(&self, bot: Bot) -> Bot {
        let hatch = "I open the hatch. [[fake:slow n=2 delay=3000 text='The hatch opens.']]";
        self.ben.says(&self.room, &self.scene.to_bot(hatch)).await;
        let cut = self.shows("word1").await;
        bot.kill();
        let bot = self.scene.ready().await;
        self.room.expect_edit(&cut, |message| message.content.contains("cut off by a restart")).await;
        reply(&self.room, "The hatch opens.").await;
        bot
    }

    async fn all_ask_what_they_may_not_know(&self) {
        for person in [&self.ana, &self.ben, &self.cora] {
            for word in ["OPALKEY", "RUBYEYE", "EMERALD", "TOPAZ", "SHADOWSTEP", "STARFALL", "LURKER"] {
                self.asks(person, "memory search", json!({ "words": word })).await;
            }
            for command in ["recap", "story show", "rolls", "memory why", "fight show"] {
                self.asks(person, command, json!({})).await;
            }
        }
        let refused = self.asks(&self.cora, "roll", json!({ "dice": "1d1" })).await;
        assert!(refused.is_ephemeral(), "{}", refused.content);
    }

    async fn the_story_is_taken_home(&self) {
        self.asks(&self.ben, "roll", json!({ "dice": "1d1+4 # watching" })).await;
        self.shows("watching").await;
        self.says(&self.ana, "We rest.", "Morning comes.").await;
        let proof = self.asks(&self.cora, "verify", json!({ "scene": 1 })).await;
        assert!(proof.content.contains("the one open roll"), "{}", proof.content);
        let file = self.asks(&self.cora, "story download", json!({})).await;
        assert_eq!(file.attachments.len(), 1);
    }

    /// The Oracle draws its words, so they are in no list. Gives where they stand.
    async fn the_oracle_sits_in(&self) -> (Id, Id) {
        self.asks(&self.ana, "provider", json!({ "name": "oracle" })).await;
        let said = self.ben.says(&self.room, &self.scene.to_bot("I look around.")).await;
        reply(&self.room, "").await;
        let over = self.asks(&self.ana, "provider", json!({ "name": "claude" })).await;
        (said.id, over.id)
    }

    async fn the_last_scene_ends(&self) {
        self.asks(&self.ana, "scene end", json!({})).await;
        self.shows("The seed of scene 3").await;
        let asked = self.scene.home.folder().join(".fake-cli/chronicle-asked.txt");
        let summed_up = || (std::fs::read_to_string(&asked).ok()?.matches("=== asked").count() >= 2).then_some(());
        until("summaries of two scenes to be asked for", summed_up);
    }

    fn reached(&self, drawn: &(Id, Id)) {
        let everybody = [&self.ana, &self.ben, &self.cora];
        let people = everybody.map(Person::id);
        let known = Known { people: &people, replies: &REPLIES, drawn };
        let mut differs = Vec::new();
        for person in everybody {
            let seen = seats::seen(person, &known);
            assert!(seen.oracle > 0, "the Oracle said something");
            for (secret, may) in SECRETS {
                let knows = may.contains(&person.name());
                assert!(knows || !seen.raw.contains(secret), "{} sees {secret}", person.name());
                assert!(!knows || seen.raw.contains(secret), "{} was never shown {secret}", person.name());
            }
            differs.extend(seats::differs("everyone", &seen.by_all));
            differs.extend(seats::differs(person.name(), &seen.alone));
        }
        assert!(differs.is_empty(), "{}", differs.concat());
    }
}
