//! Memory through the real program, at both doors: looked up, put right, noted and recalled by the game master, told again
//! to whoever comes back; and nothing of it by those who may not know.

use fake_discord::{Message, Options, Permission, Person, Room};
use serde_json::json;

use crate::support::bot::{Scene, buttons, reply};
use crate::support::installation::{Installation, text};

fn play(home: &Installation, lines: &str) -> (String, String) {
    let output = home.run_with(&["play"], lines);
    assert!(output.status.success(), "{output:?}");
    (text(&output.stdout), text(&output.stderr))
}

fn says(words: &str, answer: &str) -> String {
    format!("{words} [[fake:say text='{answer}']]\n")
}

/// A turn in which the fake calls a tool and tells what it was answered.
fn tool(name: &str, args: &serde_json::Value) -> String {
    format!("[[fake:tool name={name} args='{args}']]")
}

/// The number of the memory that a line with these words shows.
fn number(out: &str, words: &str) -> String {
    let line = out.lines().find(|line| line.starts_with('#') && line.contains(words));
    let line = line.unwrap_or_else(|| panic!("no memory of {words} in {out}"));
    line.trim_start_matches('#').split(' ').next().unwrap().to_owned()
}

fn put_lore(home: &Installation, table: &str) {
    let folder = home.data().join("tables").join(table).join("lore");
    std::fs::create_dir_all(&folder).unwrap();
    let book = r#"{"entries":{"0":{"uid":0,"key":["silver bell"],"content":"Cast from COINS.","comment":"Bell"},
        "1":{"uid":1,"key":["silver bell"],"content":"Tomas stole it.","comment":"Thief","extensions":{"gm":{"audience":"gm"}}},
        "2":{"uid":2,"key":["golden bell"],"content":"Lost.","comment":"Golden"}}}"#;
    std::fs::write(folder.join("bells.json"), book).unwrap();
}

#[test]
fn a_terminal_looks_up_what_is_remembered_and_puts_it_right() {
    let home = Installation::with_fake_claude();
    let told =
        says("I ask Odo.", "The brass key lies under the third step.") + &says("왕관은?", "북쪽 우물 아래에 있다.");
    let (out, _) = play(&home, &format!("{told}/memory search brass key\n/memory 우물\n/memory dragon\n/memory why\n"));
    assert!(out.contains("Nothing is remembered of that"), "{out}");
    assert!(out.contains("북쪽 우물") && out.contains("Told: "), "{out}");
    let key = number(&out, "brass key");
    let right = format!("/memory fix {key} The brass key lies in the well.\n/memory pin Odo limps.\n/memory pin x\n");
    let (out, err) = play(&home, &format!("{right}/memory fix key it\n/memory brass\n/memory limps\n/memory why\n"));
    assert!(out.contains("The brass key lies in the well.") && !out.contains("third step"), "{out}");
    assert!(out.contains("(pin, scene 1") && out.contains("Told: 0"), "{out}");
    assert!(err.contains("Done. The game master is told so") && err.contains("A memory has a number"), "{err}");
    let fixed = number(&out, "in the well");
    let (out, err) = play(&home, &format!("/memory forget {fixed}\n/memory forget 99999\n/memory brass\n"));
    assert!(out.contains("Nothing is remembered of that") && err.contains("There is no memory"), "{out} {err}");
}

#[test]
fn the_game_master_notes_facts_and_looks_up_memory_and_lore_by_tools() {
    let home = Installation::with_fake_claude();
    put_lore(&home, "home");
    let rumour = tool("note_fact", &json!({ "text": "The HERON is a spy.", "kind": "rumour", "known_to": [] }));
    let fact = tool("note_fact", &json!({ "text": "The mill is shut.", "known_to": [1] }));
    let promise = tool("note_promise", &json!({ "who": "Odo", "what": "a BOAT for the Traveller" }));
    let (out, _) = play(
        &home,
        &format!(
            "{rumour}\n{fact}\n{promise}\n/memory promised boat\n/memory mill shut\n/undo\n/memory promised boat\n"
        ),
    );
    assert!(out.contains("It is remembered."), "{out}");
    assert!(out.contains("(promise, scene 1): Odo promised: a BOAT for the Traveller"), "{out}");
    assert!(out.contains("(fact, scene 1): The mill is shut."), "{out}");
    let after = out.rsplit_once("taken back").map_or(out.as_str(), |(_, rest)| rest);
    assert!(!after.contains("(promise,"), "an undo takes it back: {out}");
    let recall = |more: serde_json::Value| {
        let mut args = json!({ "words": "heron spy" });
        args.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        tool("recall", &args)
    };
    let (out, _) = play(&home, &format!("{}\n{}\n", recall(json!({ "seat": 1 })), recall(json!({ "everyone": true }))));
    assert!(out.contains("[beat") && !out.contains("[rumour") && !out.contains("you alone"), "{out}");
    let (out, _) = play(&home, &format!("{}\n", recall(json!({}))));
    assert!(out.contains("[rumour · scene 1, you alone know it · ") && out.contains("] The HERON is a spy."), "{out}");
    let lore = |words: &str| tool("look_up_lore", &json!({ "words": words }));
    let (out, _) = play(&home, &format!("{}\n{}\n", lore("silver bell"), lore("dragon")));
    assert!(out.contains("[Bell] Cast from COINS.") && out.contains("[Thief, for you alone] Tomas"), "{out}");
    assert!(out.contains("The books say nothing about that."), "{out}");
    let (out, _) = play(&home, &format!("{}\n", tool("recall", &json!({ "words": "x", "as_host": true }))));
    assert!(out.contains("Not done: the arguments are not right"), "{out}");
}

#[test]
fn one_of_the_game_masters_own_knows_what_they_saw_and_were_told() {
    let home = Installation::with_fake_claude();
    let recall = |words: &str| tool("recall", &json!({ "words": words, "character": "Mira" }));
    let (out, _) = play(
        &home,
        &format!(
            "{}{}\n{}{}\n{}\n/memory smuggler\n",
            says("I enter.", "**Mira:** I sold the HERON."),
            tool("come_and_go", &json!({ "leave": ["mira"], "enter": ["Odo"] })),
            says("I read.", "The ledger names a SMUGGLER."),
            recall("smuggler"),
            recall("heron"),
        ),
    );
    assert!(out.contains("Came: Odo. Left: Mira."), "{out}");
    assert!(out.contains("Nothing is remembered of that.") && out.contains("→ Mira: I sold the HERON."), "{out}");
    let memory = number(&out, "SMUGGLER");
    let told = tool("tell_character", &json!({ "memory": memory, "to": ["Mira"] }));
    let unknown = tool("tell_character", &json!({ "memory": "99999", "to": ["Mira"] }));
    let again = tool("come_and_go", &json!({ "enter": ["Odo"] }));
    let (out, _) = play(
        &home,
        &format!("{unknown}\n{again}\n{told}\n{}\n/undo\n/undo\n{}\n", recall("smuggler"), recall("smuggler")),
    );
    assert!(out.contains("Not done: there is no memory with the number 99999."), "{out}");
    assert!(out.contains("Not done: nothing changes by that: here are Odo."), "{out}");
    assert!(out.contains("They know it now, by hearsay."), "{out}");
    let (before, after) = out.rsplit_once("taken back").unwrap();
    assert!(before.contains("they only heard of it") && before.contains("The ledger names a SMUGGLER."), "{before}");
    assert!(after.contains("Nothing is remembered of that.") && !after.contains("SMUGGLER."), "{after}");
}

#[test]
fn a_terminal_asks_which_lore_was_told_and_what_happened_so_far() {
    let home = Installation::with_fake_claude();
    put_lore(&home, "home");
    let (out, _) = play(&home, "/recap\n/lore why\n");
    assert!(
        out.contains("No story has been written yet") && out.contains("The last turn was told of no lorebook"),
        "{out}"
    );
    let told = says("I ring the silver bell.", "# The Tower\\n\\nIt ECHOES.");
    let (out, _) = play(&home, "/memory why\n");
    assert!(out.contains("No turn was told yet"), "{out}");
    let (out, _) = play(&home, &format!("{told}/lore why\n/scene end\n/recap\n"));
    assert!(out.contains("+ Bell: \"silver bell\" was said") && out.contains("~ Golden: nearly called"), "{out}");
    assert!(!out.contains("Thief") && !out.contains("Tomas"), "{out}");
    assert!(
        out.contains("Previously at home") && out.contains("1. The Tower") && out.contains("between two scenes"),
        "{out}"
    );
}

#[test]
fn why_the_last_turn_was_told_what_it_was_is_known_after_a_restart() {
    let home = Installation::with_fake_claude();
    put_lore(&home, "home");
    let first = says("I ask Odo.", "The brass key lies under the third step.");
    let second = says("Where is the brass key of the silver bell?", "You think.");
    let (before, _) = play(&home, &format!("{first}/scene end\n{second}/memory why\n/lore why\n"));
    let (after, _) = play(&home, "/memory why\n/lore why\n");
    let told =
        |out: &str| out.lines().filter(|line| line.starts_with(['+', '-', '~'])).map(str::to_owned).collect::<Vec<_>>();
    assert!(told(&after).iter().any(|line| line.contains("third step")), "{after}");
    assert!(told(&after).iter().any(|line| line.contains("+ Bell")), "{after}");
    assert!(!after.contains("Thief"), "{after}");
    assert_eq!(told(&after), told(&before));
    let key = number(&play(&home, "/memory brass key\n").0, "third step");
    let (out, _) = play(&home, &format!("/memory forget {key}\n/memory why\n"));
    assert!(out.contains("Told: ") && !out.contains(&format!("#{key} ")), "{out}");
}

#[test]
fn the_oracle_remembers_what_a_player_gives_their_word_on() {
    let home = Installation::new();
    let (out, _) = play(
        &home,
        "I swear to Baron Hesk that I return his falcon.\nI look around.\n/memory falcon\n/undo\n/undo\n/memory falcon\n",
    );
    assert!(out.contains("(promise, scene 1): Traveller promised: I swear to Baron Hesk"), "{out}");
    let after = out.rsplit_once("taken back").map_or(out.as_str(), |(_, rest)| rest);
    assert!(after.contains("Nothing is remembered of that"), "{out}");
}

#[test]
fn the_oracle_brings_up_in_a_later_scene_what_was_promised_and_what_the_books_say() {
    let home = Installation::new();
    put_lore(&home, "home");
    let first = "I swear to Baron Hesk that I return his falcon.\n/scene end\n";
    let (out, _) = play(&home, &format!("{first}I think of the falcon of Baron Hesk.\nI ring the silver bell.\n"));
    assert!(out.contains("promised I swear to Baron Hesk that I return his falcon"), "{out}");
    assert!(out.contains("Cast from COINS") && !out.contains("Tomas stole it"), "{out}");
}

#[test]
fn the_oracle_brings_up_a_secret_to_whose_it_is_and_to_nobody_else() {
    let scene = Scene::with(Options::default(), Installation::new(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let room = discord.channel("general");
        let (ana, ben) = (discord.user("ana"), discord.user("ben"));
        ana.may(Permission::MANAGE_MESSAGES);
        ben.says(&room, &scene.to_bot("I look around the yard.")).await;
        room.expect_message(|message| buttons(message).contains(&"Undo".to_owned())).await;
        let hide = json!({ "text": "I hide the emerald below the sundial." });
        ana.slash(&room, "whisper", hide).await.acknowledged().await;
        let letter = |message: &Message| buttons(message) == ["Open"];
        let first = room.expect_message(letter).await;
        ana.slash(&room, "scene end", json!({})).await.acknowledged().await;
        ben.says(&room, &scene.to_bot("Where is the emerald?")).await;
        let told =
            room.expect_message(|message| message.id > first.id && buttons(message).contains(&"Undo".to_owned()));
        assert!(!told.await.content.contains("sundial"));
        ana.slash(&room, "whisper", json!({ "text": "Where is the emerald?" })).await.acknowledged().await;
        let second = room.expect_message(|message| message.id > first.id && letter(message)).await;
        let read = ana.clicks(&second, "Open").await.follow_up(0).await;
        assert!(read.content.contains("I hide the emerald below the sundial"), "{}", read.content);
        let stranger = ben.clicks(&second, "Open").await.follow_up(0).await;
        assert!(!stranger.content.contains("sundial"), "{}", stranger.content);
    });
}

async fn says_at(scene: &Scene, person: &Person, room: &Room, words: &str, answer: &str) {
    person.says(room, &scene.to_bot(&format!("{words} [[fake:say text='{answer}']]"))).await;
    reply(room, answer).await;
}

#[test]
fn on_discord_everyone_finds_and_is_told_again_what_they_may_know_and_no_more() {
    let scene = Scene::with(Options::default(), Installation::with_fake_claude(), "");
    put_lore(&scene.home, "general");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let room = discord.channel("general");
        let (ana, ben, cleo) = (discord.user("ana"), discord.user("ben"), discord.user("cleo"));
        says_at(&scene, &ben, &room, "I knock at the crimson door.", "Hello ben.").await;
        says_at(&scene, &ana, &room, "I look around.", "Hello ana.").await;
        let secret = "I hide the OPALKEY under the silver bell at the crimson door. [[fake:say text='Nothing stirs.']]";
        ana.slash(&room, "whisper", json!({ "text": secret })).await.acknowledged().await;
        reply(&room, "Nothing stirs.").await;

        let why = async |person: &Person| person.slash(&room, "lore why", json!({})).await.response().await;
        let (own, other) = (why(&ana).await, why(&ben).await);
        assert!(
            own.is_ephemeral() && own.content.contains("+ Bell") && !own.content.contains("Thief"),
            "{}",
            own.content
        );
        assert!(!other.content.contains("Bell"), "only secret words called it: {}", other.content);

        let why = async |person: &Person| person.slash(&room, "memory why", json!({})).await.response().await.content;
        let (own, other) = (why(&ana).await, why(&ben).await);
        let crimson = ben.slash(&room, "memory search", json!({ "words": "crimson" })).await.response().await.content;
        let crimson = format!("#{} beat", number(&crimson.replace('\\', ""), "crimson"));
        let found = |why: &str| why.replace('\\', "").contains(&crimson);
        assert!(found(&own) && !found(&other), "only secret words called it back: {own} / {other}");

        let recap = async |person: &Person, options| person.slash(&room, "recap", options).await.response().await;
        let own = recap(&ana, json!({})).await;
        assert!(
            own.is_ephemeral() && own.content.contains("For you alone") && own.content.contains("OPALKEY"),
            "{}",
            own.content
        );
        let public = recap(&ana, json!({ "public": true })).await;
        assert!(!public.is_ephemeral() && !public.content.contains("OPALKEY"), "{}", public.content);
        let missed = recap(&ben, json!({})).await.content;
        assert!(
            missed.contains("Since you last acted (2 turns)") && missed.contains("ana: I look around."),
            "{missed}"
        );
        for told in [missed, recap(&cleo, json!({})).await.content] {
            assert!(!told.contains("OPALKEY") && told.contains("Nothing stirs."), "{told}");
        }

        let find = async |person: &Person| {
            person.slash(&room, "memory search", json!({ "words": "OPALKEY" })).await.response().await.content
        };
        assert!(find(&ana).await.contains("OPALKEY"));
        for stranger in [&ben, &cleo] {
            assert!(find(stranger).await.contains("Nothing is remembered of that"));
        }
        let found = ana.slash(&room, "memory search", json!({ "words": "look around" })).await.response().await.content;
        let id = number(&found.replace('\\', ""), "look around");
        let change = async |person: &Person, verb: &str, options| {
            person.slash(&room, verb, options).await.response().await.content
        };
        let fix = json!({ "number": id, "text": "ana looked behind the CURTAIN." });
        let refused = change(&ben, "memory fix", fix.clone()).await;
        assert!(refused.contains("only hosts correct and forget") || refused.contains("Only hosts"), "{refused}");
        cleo.may(Permission::MANAGE_MESSAGES);
        assert!(change(&cleo, "memory fix", fix).await.contains("Done."));
        assert!(change(&ben, "memory search", json!({ "words": "curtain" })).await.contains("CURTAIN"));
        assert!(change(&ben, "memory pin", json!({ "what": "We owe Odo a song." })).await.contains("Done."));
        let why = change(&ben, "memory why", json!({})).await;
        assert!(why.contains("Told: ") && !why.contains("OPALKEY"), "{why}");
        let fixed = change(&cleo, "memory search", json!({ "words": "curtain" })).await;
        let fixed = number(&fixed.replace('\\', ""), "CURTAIN");
        assert!(change(&cleo, "memory forget", json!({ "number": fixed })).await.contains("Done."));
        assert!(change(&ben, "memory search", json!({ "words": "curtain" })).await.contains("Nothing is remembered"));
    });
}
