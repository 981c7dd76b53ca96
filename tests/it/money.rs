//! Money at a table: limits, what is unknown, who pays, and a crash in the middle.

use fake_discord::Options;
use nix::sys::signal::Signal;
use serde_json::json;

use crate::support::bot::{Scene, reply};
use crate::support::installation::{Installation, text, until};

#[test]
fn a_spent_day_is_refused_with_its_limit_and_the_hour_it_starts_anew() {
    let home = Installation::with_fake_claude();
    home.config("defaults: { budget: { per_day_usd: 0.04 } }\n");
    let output = home.run_with(&["play"], "I knock.\nI enter.\n/retry\n/status\n/provider oracle\nI wait.\n/status\n");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    let refusal = "Today's budget of this table is spent. It starts anew at midnight UTC; the host can raise `budget.per_day_usd`.";
    assert_eq!(err.matches(refusal).count(), 2, "the action and the retry: {err}");
    assert!(out.contains("Today     $0.05, of $0.04 a day\n"), "{out}");
    assert!(out.contains("Turns     2, 0 waiting"), "the oracle is never refused: {out}");
    assert!(out.contains("Paid by   nobody; The Oracle costs nothing"), "{out}");
}

#[test]
fn a_table_and_a_seat_have_their_limits_too() {
    let limits = [
        ("total_usd", "This table's whole budget is spent. The host can raise `budget.total_usd`"),
        ("per_seat_day_usd", "Your part of today's budget is spent. It starts anew at midnight UTC"),
    ];
    for (limit, refusal) in limits {
        let home = Installation::with_fake_claude();
        home.config(&format!("defaults: {{ budget: {{ {limit}: 0.04 }} }}\n"));
        let output = home.run_with(&["play"], "I knock.\nI enter.\n/retry\n");
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(err.matches(refusal).count(), 2, "{limit}: the action and the retry: {err}");
        assert_eq!(
            out.matches("FAKE-OK").count(),
            1,
            "{limit}: the first turn overshoots it, the second is not run: {out}"
        );
    }
}

#[test]
fn with_the_oracle_on_the_ladder_the_game_goes_on_without_money() {
    let home = Installation::with_fake_claude();
    home.config("tables: [{ name: home, provider: [claude, oracle], budget: { total_usd: 0.04 } }]\n");
    let output = home.run_with(&["play"], "I knock.\nI enter.\n/status\n");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(
        err.contains("The Oracle answers for now. This table's whole budget is spent; the host can raise it."),
        "{err}"
    );
    assert!(out.contains("Turns     2, 0 waiting"), "{out}");
    assert!(out.contains("; in all $0.05 of $0.04"), "{out}");
}

#[test]
fn what_is_unknown_is_said_to_be_unknown() {
    let mut home = Installation::with_fake_claude();
    let lines = "I knock. [[fake:unpriced]]\n/status\nI enter. [[fake:plain]]\nI wait. [[fake:unpriced]]\n/status\n";
    let output = home.run_with(&["play"], lines);
    let out = text(&output.stdout);
    assert!(out.contains("Today     one turn of unknown price\nPaid by   not known; Claude has not told"), "{out}");
    assert!(out.contains("Today     $0.05 and 2 turns of unknown price\n"), "{out}");
    home.env("ANTHROPIC_API_KEY", "sk-test");
    let out = text(&home.run_with(&["play"], "I go on. [[fake:plain]]\n/status\n").stdout);
    assert!(out.contains("Paid by   a key, by use"), "{out}");
    let until = "I stop. [[fake:fail kind=rate_limit until=4102444800]]\n/status\n";
    let home = Installation::with_fake_claude();
    let out = text(&home.run_with(&["play"], until).stdout);
    assert!(out.contains("Paid by   Claude's subscription; amounts are what a key would cost"), "{out}");
}

#[test]
fn a_crash_in_the_middle_of_a_turn_counts_what_was_set_aside_for_it_once() {
    let home = Installation::with_fake_claude();
    home.config("defaults: { budget: { per_turn_usd: 0.50, per_day_usd: 5 } }\n");
    let mut sitting = home.sit(&["play"]);
    sitting.types("[[fake:hang]]");
    until("the turn to run", || home.log_has("\"turn goes to the provider\""));
    sitting.signal(Signal::SIGKILL);
    sitting.end();
    let known = "Today     one turn of unknown price, of $5.00 a day ($0.50 more is counted for what was cut off before it told its price)";
    for _ in 0..2 {
        let out = text(&home.run_with(&["play", "--provider", "oracle"], "/status\n").stdout);
        assert!(out.contains(known), "{out}");
    }
}

#[test]
fn tables_share_a_purse_and_a_restart_does_not_fill_it() {
    let home = Installation::with_fake_claude();
    let scene = Scene::with(Options::default(), home, "");
    let config = std::fs::read_to_string(scene.home.folder().join("config.yaml")).unwrap();
    scene.home.config(&format!("{config}budget: {{ per_day_usd: 0.04 }}\n"));
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, general, tavern) = (discord.user("ana"), discord.channel("general"), discord.channel("tavern"));
        ana.says(&general, &scene.to_bot("I knock")).await;
        reply(&general, "FAKE-OK").await;
        let refusal = "-# Today's budget of all tables together is spent. It starts anew at midnight UTC";
        ana.says(&tavern, &scene.to_bot("I drink")).await;
        tavern.expect_message(|message| message.content.contains(refusal)).await;
        assert_eq!(bot.end(), Some(0));
        let _bot = scene.ready().await;
        ana.says(&tavern, &scene.to_bot("I drink again")).await;
        let refused = async || tavern.bot_messages().iter().filter(|message| message.content.contains(refusal)).count();
        while refused().await < 2 {
            tavern.expect_message(|message| message.content.contains(refusal)).await;
            tokio::task::yield_now().await;
        }
        let status = ana.slash(&general, "status", json!({})).await.response().await.content;
        assert!(status.contains("Today: $0.05\nPaid by: not known; Claude has not told"), "{status}");
    });
}
