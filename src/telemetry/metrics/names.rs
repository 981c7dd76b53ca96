//! The labels of what is counted. Each is a word of the program's own, a provider's or a table's name: never what people
//! or models write, never who they are.

use prometheus_client::encoding::EncodeLabelSet;

/// Turns.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct OfTurn {
    pub(super) provider: String,
    pub(super) outcome: &'static str,
}

/// Something of a provider's.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct OfProvider {
    pub(super) provider: String,
}

/// What was wrong with a provider.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct OfFault {
    pub(super) provider: String,
    pub(super) fault: String,
}

/// Money.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct OfCost {
    pub(super) provider: String,
    pub(super) table: String,
}

/// Tokens.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct OfTokens {
    pub(super) provider: String,
    pub(super) direction: &'static str,
}

/// How requests ended.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct OfResult {
    pub(super) result: &'static str,
}

/// What a limit is about.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct OfScope {
    pub(super) scope: &'static str,
}

/// One of several states.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct OfState {
    pub(super) state: &'static str,
}

/// Which program this is.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct OfBuild {
    pub(super) version: &'static str,
}
