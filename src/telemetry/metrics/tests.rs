use std::collections::BTreeSet;

use super::*;

/// Everything that can happen, once.
fn all() -> Metrics {
    let metrics = Metrics::default();
    let turn = TurnFigures { provider: "claude", outcome: "answered", duration_ms: 4_210, first_text_ms: Some(880) };
    metrics.turn_ended(&turn);
    metrics.provider_failed("claude", "overloaded");
    metrics.rung_left("claude");
    metrics.spent("crown", "claude", Took { cost_micros: Some(12_500), tokens_in: Some(1200), tokens_out: Some(340) });
    metrics.events_written(3);
    metrics.not_saved();
    metrics.discord_asked(Asked::Done);
    metrics.discord_limited(true);
    metrics.gateway_is(Gateway::Connected);
    metrics
}

fn now() -> Now {
    let kept = Kept { tables: 4, actions_waiting: 5, turns_running: 2, outbox: 6 };
    let own = ProcessFigures {
        memory: 30 << 20,
        descriptors: 25,
        most_descriptors: 1024,
        threads: 9,
        processor_seconds: 1.5,
        started: 1_700_000_000.25,
    };
    let (provider_processes, guard_processes, provider_memory) = (2, 2, 400 << 20);
    let (kept, tables_open, turns_queued) = (Some(kept), 3, 1);
    Now { kept, tables_open, turns_queued, provider_processes, guard_processes, provider_memory, own }
}

/// The names that stand in a text, as they are asked for.
fn names(text: &str) -> BTreeSet<String> {
    let begins = |word: &&str| word.starts_with("talekeeper_") || word.starts_with("process_");
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(begins);
    words.map(str::to_owned).collect()
}

/// The names of all series.
fn series() -> BTreeSet<String> {
    let text = all().text(&now());
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples.map(|line| line.split(['{', ' ']).next().unwrap_or_default().to_owned()).collect()
}

/// The text with the series of each name in order; the library gives them in any.
fn in_order(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    let name = |line: &str| line.split(['{', ' ']).next().unwrap_or_default().to_owned();
    let mut ordered = Vec::new();
    for of_one_name in lines.chunk_by(|one, next| name(one) == name(next) && !one.contains("_bucket{")) {
        let mut of_one_name = of_one_name.to_vec();
        if !of_one_name[0].starts_with('#') {
            of_one_name.sort_unstable();
        }
        ordered.extend(of_one_name);
    }
    ordered.join("\n")
}

#[test]
fn the_text_is_as_documented() {
    insta::assert_snapshot!(in_order(&all().text(&now())).replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[test]
fn a_gateway_that_came_back_was_connected_twice() {
    let metrics = Metrics::default();
    assert!(!metrics.text(&now()).contains("talekeeper_gateway_state{"), "without Discord there is no gateway");
    for gateway in [Gateway::Connecting, Gateway::Connected, Gateway::Connected, Gateway::Lost, Gateway::Connected] {
        metrics.gateway_is(gateway);
    }
    assert!(metrics.text(&now()).contains("talekeeper_gateway_connections_total 2\n"));
}

#[test]
fn what_the_database_does_not_say_stays_as_it_was() {
    let metrics = all();
    metrics.text(&now());
    let text = metrics.text(&Now { kept: None, ..now() });
    assert!(text.contains("talekeeper_database_up 0\n") && text.contains("talekeeper_outbox_messages 6\n"), "{text}");
}

#[test]
fn however_many_tables_there_are_the_labels_end() {
    let metrics = Metrics::default();
    for table in 0..TABLES + 50 {
        let took = Took { cost_micros: Some(1_000_000), ..Took::default() };
        metrics.spent(&format!("table-{table}"), "claude", took);
    }
    let text = metrics.text(&now());
    let cost: Vec<_> = text.lines().filter(|line| line.starts_with("talekeeper_cost_usd_total{")).collect();
    assert_eq!(cost.len(), TABLES + 1);
    assert!(cost.contains(&r#"talekeeper_cost_usd_total{provider="claude",table="others"} 50.0"#), "{cost:#?}");
}

#[test]
fn the_documentation_names_every_metric_and_no_other() {
    let page = include_str!("../../../docs/monitoring.md");
    let (known, told) = (series(), names(page));
    // A histogram is documented by its own name and asked for by those of its series.
    let documented = |name: &str| {
        let stem = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        told.contains(name) || told.contains(stem)
    };
    let missing: Vec<_> = known.iter().filter(|name| !documented(name)).collect();
    assert!(missing.is_empty(), "docs/monitoring.md does not tell of {missing:?}");
    let histogram = |name: &String| known.contains(&format!("{name}_bucket"));
    let invented: Vec<_> = told.iter().filter(|name| !known.contains(*name) && !histogram(name)).collect();
    assert!(invented.is_empty(), "docs/monitoring.md tells of {invented:?}, which nothing counts");
}

#[test]
fn the_dashboard_asks_only_for_what_is_counted() {
    let text = include_str!("../../../docs/grafana-dashboard.json");
    let dashboard: serde_json::Value = serde_json::from_str(text).unwrap();
    let known = series();
    let mut asked = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let query = names(target["expr"].as_str().unwrap());
            assert!(!query.is_empty(), "{target} asks for nothing of ours");
            asked.extend(query);
        }
    }
    let unknown: Vec<_> = asked.difference(&known).collect();
    assert!(unknown.is_empty(), "the dashboard asks for {unknown:?}");
    assert!(asked.len() > 20, "the dashboard shows {} of {}", asked.len(), known.len());
}
