//! How a table is reached in its channel: opened, listened to, shown; the tables of the configuration and those that people
//! opened. Whether it may be is decided elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tracing::{error, info};

use super::{Door, Parts, Reached};
use crate::character::Cast;
use crate::config::TableConfig;
use crate::domain::{TableId, TableName, Timestamp};
use crate::door::discord::channel::{Channel, Notice, Stage};
use crate::door::discord::convert;
use crate::door::discord::health::Health;
use crate::door::discord::ingest::Ear;
use crate::door::discord::knobs::Knobs;
use crate::door::discord::marks::Marks;
use crate::door::discord::outgoing::Outgoing;
use crate::door::discord::snowflakes::snowflake;
use crate::store::StoreError;
use crate::table::{AdultsHere, TableHandle};
use crate::telemetry::new_error_id;

/// How much may wait to be heard in one channel; more waits at the gateway.
const HEARD: usize = 256;
/// How many notices may wait for one channel's show.
const NOTICES: usize = 64;
/// How long the outbox remembers what was sent; a start looks back less far.
const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// Why a table cannot be reached in its channel.
#[derive(Debug, thiserror::Error)]
pub(in crate::door::discord) enum ReachError {
    /// The table does not open.
    #[error(transparent)]
    Hall(#[from] crate::table::HallError),
    /// The database does not say how far the channel is.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It has no row.
    #[error("the table is not in the database")]
    NoTable,
}

/// The tables of the configuration, and those that people opened; where both want a channel, the configuration's.
pub(super) async fn reach_all(door: &Door) -> Result<usize, StoreError> {
    let long_ago = (door.parts.now)().millis() - KEPT_MS;
    door.parts.store.forget_messages(Timestamp::from_millis(long_ago)).await?;
    let written = door.parts.config.tables.iter().filter_map(|table| Some((table.channel_id?, table.clone())));
    let mut wanted: BTreeMap<u64, TableConfig> = written.collect();
    for opened in door.parts.store.opened_tables().await? {
        if let (Some(channel), Some(table)) = (convert::channel_of(&opened.place), door.parts.roster.find(&opened.name))
        {
            wanted.entry(channel).or_insert(table);
        }
    }
    for (channel, table) in &wanted {
        if let Err(failure) = door.reach(table, *channel).await {
            let error_id = new_error_id();
            error!(table = %table.name, %error_id, error = %failure, detail = ?failure, "table not opened");
        }
    }
    info!(channels = wanted.len(), "channels are open");
    Ok(wanted.len())
}

/// Opens a table and begins to listen and to show in its channel.
pub(super) async fn reach(door: &Door, config: &TableConfig, channel: u64) -> Result<Reached, ReachError> {
    let Door { parts, roles, identity, rest, hooks, removals, .. } = door;
    let ending = parts.ending.child_token();
    let (table, id) = open(parts, &config.name).await?;
    let ages = Arc::clone(roles);
    table.guard(AdultsHere::new(move || ages.is_age_restricted(channel))).await;
    let place = convert::place(channel);
    let row = parts.store.ensure_place(&place, id, snowflake((parts.now)()), (parts.now)()).await?;
    let health = Arc::new(Health::default());
    let out = Outgoing {
        health: Arc::clone(&health),
        rest: Arc::clone(rest),
        hooks: Arc::clone(hooks),
        removals: Arc::clone(removals),
        store: parts.store.clone(),
        table: id,
        place,
        channel,
        us: identity.us,
        now: parts.now,
    };
    // Boxed, because each channel keeps room for many.
    let (notices, shown) = mpsc::channel::<Box<Notice>>(NOTICES);
    let (ear, heard) = mpsc::channel(HEARD);
    let marks = Marks::new(Arc::clone(rest), parts.tasks.clone());
    let tasks = parts.tasks.clone();
    let listen_set = parts.store.set_when(id, "listen").await?.map_or(0, snowflake);
    let knobs = Knobs::new(config, &parts.store.settings_of(id).await?, listen_set);
    let knobs = Arc::new(watch::Sender::new(knobs));
    let (heeded, listen) = (knobs.subscribe(), knobs.subscribe());
    let cast = Cast::new(parts.config.data_dir.join("tables").join(config.name.as_str()).join("characters"));
    let (table_shown, shown_upto) = (table.clone(), row.shown_upto);
    let (out_shown, cast_shown) = (out.clone(), cast.clone());
    let stage = Stage {
        knobs: heeded,
        out: out_shown,
        table: table_shown,
        cast: cast_shown,
        id,
        shown: shown_upto,
        marks,
        tasks,
    };
    parts.tasks.spawn(Channel::new(stage).run(shown, ending.clone()));
    let (table_of_ear, roles) = (table.clone(), Arc::clone(roles));
    let sure = row.heard_upto;
    let (files, bots) = (parts.config.attachments.clone(), parts.config.discord.hear_bots.clone());
    let show = notices.clone();
    let of_reached = out.clone();
    let listener = Ear {
        out,
        table: table_of_ear,
        id,
        listen,
        bots,
        files,
        bounds: parts.config.discord.look_back,
        roles,
        cast: cast.clone(),
        notices,
        sure,
        passed: BTreeSet::new(),
        closed: false,
    };
    parts.tasks.spawn(listener.run(heard, ending.clone()));
    Ok(Reached { table, id, channel, knobs, health, ear, cast, out: of_reached, show, ending })
}

async fn open(parts: &Parts, name: &TableName) -> Result<(TableHandle, TableId), ReachError> {
    let table = parts.hall.table(name).await?;
    let row = parts.store.table_named(name).await?.ok_or(ReachError::NoTable)?;
    Ok((table, row.id))
}
