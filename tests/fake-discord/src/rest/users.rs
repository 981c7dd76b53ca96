//! Users, the application and where the gateway is (documentation: resources/user, resources/application,
//! events/gateway). Never members of the guild.

use serde_json::{Value, json};

use crate::id::Id;
use crate::intents::Intent;
use crate::world::World;

use super::refusal::{CANNOT_MESSAGE_USER, Refusal, UNKNOWN_USER};
use super::route::{Call, Reply};

type Done = Result<Reply, Refusal>;

pub(crate) fn me(world: &mut World, _: &Call) -> Done {
    let mut me = world.users[&world.bot].json();
    me["verified"] = json!(true);
    me["mfa_enabled"] = json!(true);
    me["locale"] = json!("en-US");
    me["email"] = Value::Null;
    Reply::ok(me)
}

pub(crate) fn get(world: &mut World, call: &Call) -> Done {
    let user = world.users.get(&call.id("user_id")?).ok_or(UNKNOWN_USER)?;
    Reply::ok(user.json())
}

pub(crate) fn open_direct(world: &mut World, call: &Call) -> Done {
    let user = Id::from_json(&call.body["recipient_id"]).ok_or(UNKNOWN_USER)?;
    if !world.users.contains_key(&user) {
        return Err(UNKNOWN_USER);
    }
    if user == world.bot {
        return Err(CANNOT_MESSAGE_USER);
    }
    let id = world.direct_channel(user);
    Reply::ok(world.channel_json(&world.channels[&id]))
}

pub(crate) fn guilds(world: &mut World, _: &Call) -> Done {
    if !world.is_joined() {
        return Reply::ok(json!([]));
    }
    let permissions = world.guild.base_permissions(world.bot).to_string();
    Reply::ok(json!([{
        "id": world.guild.id.json(), "name": world.guild.name, "icon": null, "banner": null, "owner": false,
        "permissions": permissions, "features": [],
    }]))
}

/// The application; the same for both of its paths.
pub(crate) fn application(world: &mut World, _: &Call) -> Done {
    let owner = world.users[&world.guild.owner].json();
    // Flags say which privileged intents are switched on (the "limited" kind: fewer than 10,000 users).
    let mut flags = 0;
    for (intent, flag) in
        [(Intent::GUILD_PRESENCES, 1 << 13), (Intent::GUILD_MEMBERS, 1 << 15), (Intent::MESSAGE_CONTENT, 1 << 19)]
    {
        if world.options.privileged_intents & intent != 0 {
            flags |= flag;
        }
    }
    Reply::ok(json!({
        "id": world.application.json(), "name": world.options.bot_name, "icon": null, "description": "", "type": null,
        "bot": world.users[&world.bot].json(), "summary": "", "verify_key": "0".repeat(64), "flags": flags,
        "flags_new": flags.to_string(), "redirect_uris": [], "interactions_endpoint_url": null,
        "role_connections_verification_url": null, "owner": owner, "approximate_guild_count": 1,
        "approximate_user_install_count": 0, "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0, "team": null, "eligible_oauth2_scopes": [], "rpc_origins": [],
        "bot_public": true, "bot_require_code_grant": false, "hook": true,
    }))
}

pub(crate) fn gateway(world: &mut World, _: &Call) -> Done {
    Reply::ok(json!({ "url": world.gateway_url }))
}

pub(crate) fn gateway_bot(world: &mut World, _: &Call) -> Done {
    let used = world.line.identifies;
    let (total, resets) = world.options.identifies;
    let resets = u64::try_from(resets.as_millis()).unwrap_or(u64::MAX);
    Reply::ok(json!({
        "url": world.gateway_url, "shards": 1,
        "session_start_limit": {
            "total": total, "remaining": total.saturating_sub(used), "reset_after": resets, "max_concurrency": 1,
        },
    }))
}
