//! The tools over MCP: streamable HTTP on loopback, a token for each table, good only while a turn of it runs.
//! The only place that names `rmcp`. It decides nothing: a call goes to the table by the turn's hand.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, ServerHandler};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use super::catalog::{self, Request as Asked, TOOLS};
use super::{look_up_lore, recall};
use crate::domain::{Denied, TableName};
use crate::provider::{Hand, ToolAccess};

/// The longest call, in bytes.
const CALL_BYTES: usize = 64 * 1024;
/// How many calls one turn may make; a model that goes on and on is stopped by it, not by the bill.
const CALLS_PER_TURN: usize = 64;

/// Serves the tools of all tables. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ToolServer {
    address: SocketAddr,
    doors: Doors,
    /// How many turns may call now.
    running: watch::Sender<usize>,
}

type Doors = Arc<Mutex<HashMap<TableName, Door>>>;

/// A table's way in: always the same token, and behind it the hand of the turn that runs.
#[derive(Debug)]
struct Door {
    token: String,
    turn: Option<Arc<Turn>>,
}

/// What one turn's calls share.
#[derive(Debug)]
struct Turn {
    hand: Hand,
    /// What was answered to which call, so that a call that is sent twice is done once.
    answered: tokio::sync::Mutex<HashMap<String, CallToolResult>>,
}

/// Keeps a table's tools open; they close when it is dropped.
#[derive(Debug)]
pub struct Binding {
    table: TableName,
    turn: Arc<Turn>,
    doors: Doors,
    running: watch::Sender<usize>,
    /// What the provider is told.
    pub access: ToolAccess,
}

impl Drop for Binding {
    fn drop(&mut self) {
        let mut doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(door) = doors.get_mut(&self.table)
            && door.turn.as_ref().is_some_and(|turn| Arc::ptr_eq(turn, &self.turn))
        {
            door.turn = None;
        }
        self.running.send_modify(|running| *running -= 1);
    }
}

impl ToolServer {
    /// Starts serving on a free port of loopback, until `ending` fires and no turn runs any more.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(tasks: &TaskTracker, ending: CancellationToken) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (running, mut turns) = watch::channel(0);
        let server = Self { address: listener.local_addr()?, doors: Doors::default(), running };
        let mut config = StreamableHttpServerConfig::default();
        // Every call stands alone: a program that is started anew for each turn keeps no session.
        config.legacy_session_mode = false;
        config.json_response = true;
        let sessions = Arc::new(LocalSessionManager::default());
        let service = StreamableHttpService::new(|| Ok(Speaker), sessions, config.enforce_origin_validation());
        let router = axum::Router::new()
            .nest_service("/mcp", service)
            .layer(axum::extract::DefaultBodyLimit::max(CALL_BYTES))
            .layer(middleware::from_fn_with_state(server.doors.clone(), let_in));
        let over = async move {
            ending.cancelled().await;
            // Turns that end by themselves may still use their tools. Without a sender there is no turn either.
            drop(turns.wait_for(|running| *running == 0).await);
        };
        tasks.spawn(async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(over).await;
            if let Err(failure) = served {
                warn!(error = %failure, "the tools are no longer served");
            }
        });
        Ok(server)
    }

    /// Opens a table's tools for one turn.
    pub fn open(&self, table: &TableName, hand: Hand) -> Binding {
        let turn = Arc::new(Turn { hand, answered: tokio::sync::Mutex::default() });
        let mut doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        let door = doors.entry(table.clone()).or_insert_with(|| Door { token: new_token(), turn: None });
        door.turn = Some(Arc::clone(&turn));
        let names = TOOLS.iter().map(|tool| tool.name).collect();
        let access =
            ToolAccess { url: format!("http://{}/mcp", self.address), token: door.token.clone().into(), names };
        drop(doors);
        self.running.send_modify(|running| *running += 1);
        Binding { table: table.clone(), turn, doors: Arc::clone(&self.doors), running: self.running.clone(), access }
    }
}

/// 256 bits that nobody can guess.
fn new_token() -> String {
    format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple())
}

/// Lets in only who carries the token of a table whose turn runs.
async fn let_in(State(doors): State<Doors>, mut request: Request, next: Next) -> Response {
    let turn = bearer(&request).and_then(|token| {
        let doors = doors.lock().unwrap_or_else(PoisonError::into_inner);
        doors.values().find(|door| same(&door.token, token)).and_then(|door| door.turn.clone())
    });
    let Some(turn) = turn else {
        debug!("a call of a tool without a token of a running turn");
        return StatusCode::UNAUTHORIZED.into_response();
    };
    request.extensions_mut().insert(turn);
    next.run(request).await
}

fn bearer(request: &Request) -> Option<&str> {
    request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Compares without telling by its time how much was right.
fn same(ours: &str, theirs: &str) -> bool {
    ours.len() == theirs.len() && ours.bytes().zip(theirs.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

/// Speaks MCP for one call.
struct Speaker;

impl ServerHandler for Speaker {
    fn get_info(&self) -> ServerConfig {
        let mut config = ServerConfig::default();
        config.capabilities = ServerCapabilities::builder().enable_tools().build();
        config.server_info = Implementation::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        // Some CLIs show their model this line, and the tools themselves only to one that searches for them.
        let names: Vec<&str> = TOOLS.iter().map(|tool| tool.name).collect();
        config.instructions = Some(format!("The tools of this game, for its game master: {}.", names.join(", ")));
        config
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = TOOLS.iter().map(|tool| {
            let schema = (tool.arguments)().as_object().cloned().unwrap_or_default();
            rmcp::model::Tool::new(tool.name, tool.description, Arc::new(schema))
        });
        Ok(ListToolsResult::with_all_items(tools.collect()))
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let turn = context.extensions.get::<axum::http::request::Parts>().and_then(|parts| parts.extensions.get());
        let Some(turn): Option<&Arc<Turn>> = turn else {
            return Err(ErrorData::invalid_request("no turn is running", None));
        };
        let arguments = call.arguments.unwrap_or_default();
        let key = format!("{:?} {} {}", context.id, call.name, serde_json::Value::Object(arguments.clone()));
        let mut answered = turn.answered.lock().await;
        if let Some(answer) = answered.get(&key) {
            return Ok(answer.clone().into());
        }
        let answer = match do_it(turn, &call.name, arguments, answered.len()).await {
            Ok(text) => CallToolResult::success(vec![ContentBlock::text(text)]),
            Err(why) => CallToolResult::error(vec![ContentBlock::text(format!("Not done: {why}."))]),
        };
        answered.insert(key, answer.clone());
        Ok(answer.into())
    }
}

async fn do_it(turn: &Turn, name: &str, arguments: catalog::Arguments, calls: usize) -> Result<String, String> {
    if calls >= CALLS_PER_TURN {
        return Err("this turn has used its tools often enough; tell what happens".to_owned());
    }
    let tool = catalog::find(name).map_err(|bad| bad.to_string())?;
    match (tool.read)(arguments).map_err(|bad| bad.to_string())? {
        Asked::Deed(deed) => {
            let events = turn.hand.deed(deed).await.map_err(|denied| denied.to_string())?;
            Ok((tool.answer)(&events))
        }
        Asked::Look(tell) => {
            let game = turn.hand.game().await.ok_or_else(|| Denied::TurnOver.to_string())?;
            Ok(tell(&game))
        }
        Asked::Recall { words, viewer, character } => {
            let found = turn.hand.recall(words, viewer, character).await.map_err(|failed| failed.to_string())?;
            Ok(recall::tell(&found))
        }
        Asked::Lore { words } => {
            let found = turn.hand.look_up_lore(words).await.map_err(|failed| failed.to_string())?;
            Ok(look_up_lore::tell(&found))
        }
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
