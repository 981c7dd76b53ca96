//! Judges: what must hold in every test, whatever its scenario. They read what happened; they never change it.

pub(crate) mod ledger;

use ledger::Judge;

use crate::faults::RoutePattern;
use crate::rest::record::Request;
use crate::world::World;

/// Looks at a request before it is answered.
pub(crate) fn hear(world: &mut World, request: &Request) {
    let where_ = format!("{} {}", request.method, request.path);
    if world.ledger.unauthorized {
        world.accuse(Judge::AfterUnauthorized, format!("{where_} after a 401"));
    }
    let said = format!("{} {} {}", request.path, request.query, request.body);
    let leaked = [&world.options.token].into_iter().chain(&world.ledger.secrets).any(|secret| said.contains(secret));
    if leaked {
        world.accuse(Judge::Secret, format!("{where_} carries a secret in its body or path"));
    }
}

/// Looks at a request and its answer.
pub(crate) fn answered(world: &mut World, request: &Request) {
    let Some(status) = request.status else { return };
    let code = request.answer["code"].as_u64().unwrap_or(0);
    // 401 with code 0 is about the bot's own token; 50027 is only about an interaction's.
    if status == 401 && code == 0 {
        world.ledger.unauthorized = true;
    }
    let unplanned = (400..500).contains(&status) && status != 429 && !request.faulted && request.route.is_some();
    if !unplanned {
        return;
    }
    let expected =
        world.ledger.expected_refusals.iter().any(|(pattern, wanted)| {
            *wanted == code && RoutePattern::new(pattern).fits(&request.method, &request.path)
        });
    if !expected {
        let detail = format!("{} {} was answered {status}: {}", request.method, request.path, request.answer);
        world.accuse(Judge::Refusal, detail);
    }
}

/// What can only be seen at the end.
pub(crate) fn close(world: &mut World) {
    let limited = world.requests.iter().filter(|request| request.status == Some(429)).count();
    if limited > world.ledger.planned_429 {
        let detail = format!("{limited} answers were 429, {} were planned", world.ledger.planned_429);
        world.accuse(Judge::RateLimit, detail);
    }
    let now = world.clock.now_ms();
    let within = u64::try_from(world.options.first_answer_within.as_millis()).unwrap_or(u64::MAX);
    let late: Vec<String> = world
        .interactions
        .values()
        .filter(|i| i.delivered && i.answer.is_none() && i.is_late(now, within))
        .map(|i| i.label.clone())
        .collect();
    for label in late {
        world.accuse(Judge::LateAnswer, format!("{label} got no first answer in time"));
    }
}
