//! Judges: what must hold in every test, whatever its scenario. They read what happened; they never change it.

pub(crate) mod ledger;
pub(crate) mod schema;

use ledger::{Judge, Violation};

use crate::faults::RoutePattern;
use crate::rest::record::Request;
use crate::world::World;
use crate::world::interaction::Interaction;

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

/// What the API description says of all bodies; slow, so it is asked once, at the end, and without the world's lock.
pub(crate) fn bodies(requests: &[Request]) -> Vec<String> {
    let told = |request: &Request| {
        let route = request.route?;
        // What a planned fault hit is judged like the rest: the client could not know.
        let told = schema::check_request(&request.method, route, &request.body).err()?;
        Some(format!("{} {}: {told}; body {}", request.method, request.path, request.body))
    };
    requests.iter().filter_map(told).collect()
}

/// What was noted on the way, and what can only be seen at the end.
pub(crate) fn final_word(world: &World) -> Vec<Violation> {
    let mut all = world.ledger.violations.clone();
    let limited = world.requests.iter().filter(|request| request.status == Some(429)).count();
    if limited > world.ledger.planned_429 {
        let detail = format!("{limited} answers were 429, {} were planned", world.ledger.planned_429);
        all.push(Violation { judge: Judge::RateLimit, detail });
    }
    let late = unanswered(world).filter(|i| i.is_late(world.clock.now_ms(), within_ms(world)));
    all.extend(late.map(|interaction| {
        let detail = format!("{} got no first answer in time", interaction.label);
        Violation { judge: Judge::LateAnswer, detail }
    }));
    all
}

/// Whether an interaction still waits for its first answer in time.
pub(crate) fn any_unanswered(world: &World) -> bool {
    unanswered(world).any(|i| !i.is_late(world.clock.now_ms(), within_ms(world)))
}

fn unanswered(world: &World) -> impl Iterator<Item = &Interaction> {
    world.interactions.values().filter(|i| i.delivered && i.answer.is_none())
}

fn within_ms(world: &World) -> u64 {
    u64::try_from(world.options.first_answer_within.as_millis()).unwrap_or(u64::MAX)
}
