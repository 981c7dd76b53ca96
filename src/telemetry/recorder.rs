//! The `tracing` layer that makes one record of each event and hands it to the file and the terminal.
//! Never waits: both are written by threads of their own, and what does not fit in their queue is counted.

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_appender::non_blocking::NonBlocking;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::pretty::{Style, pretty};
use super::record::{Fields, Record};
use super::redactor::Redactor;
use super::rotating::lost_lines;
use super::visitor::FieldVisitor;

/// Makes records of events.
pub(super) struct Recorder {
    redactor: Redactor,
    sinks: Vec<Sink>,
}

/// One place records go to.
pub(super) struct Sink {
    form: Form,
    out: NonBlocking,
    /// How many lines its full queue had refused when that was last told.
    told: AtomicU64,
}

/// How a record is written.
pub(super) enum Form {
    /// A line of JSON.
    Json,
    /// For people.
    Pretty(Style),
}

impl Recorder {
    /// A recorder that writes to all of `sinks` what `redactor` leaves.
    pub(super) fn new(redactor: Redactor, sinks: Vec<Sink>) -> Self {
        Self { redactor, sinks }
    }
}

impl Sink {
    /// A place that gets records in `form`.
    pub(super) fn new(form: Form, out: NonBlocking) -> Self {
        Self { form, out, told: AtomicU64::new(0) }
    }

    fn write(&self, record: &Record) {
        let lost = self.out.error_counter().dropped_lines() as u64;
        let told = self.told.swap(lost, Ordering::Relaxed);
        if lost > told {
            self.put(&lost_lines(lost - told, "they came faster than they could be written"));
        }
        self.put(record);
    }

    fn put(&self, record: &Record) {
        let line = match &self.form {
            Form::Json => record.to_line(),
            Form::Pretty(style) => pretty(record, style),
        };
        // The queue takes it or counts it; it has no other way to fail.
        let _ = self.out.clone().write_all(line.as_bytes());
    }
}

impl<S> Layer<S> for Recorder
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut visitor = FieldVisitor::new(&self.redactor);
        attributes.record(&mut visitor);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(visitor.fields);
        }
    }

    fn on_record(&self, id: &Id, values: &tracing::span::Record<'_>, context: Context<'_, S>) {
        // Visited before the span is locked: a value's `Debug` may log within the same span.
        let mut visitor = FieldVisitor::new(&self.redactor);
        values.record(&mut visitor);
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            fields.extend(visitor.fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut visitor = FieldVisitor::new(&self.redactor);
        event.record(&mut visitor);
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(known) = span.extensions().get::<Fields>() {
                fields.extend(known.clone());
            }
        }
        fields.extend(visitor.fields);
        let record = Record {
            ts: Timestamp::now(),
            level: *event.metadata().level(),
            target: visitor.target.unwrap_or_else(|| event.metadata().target().to_owned()),
            msg: visitor.msg,
            fields,
        };
        for sink in &self.sinks {
            sink.write(&record);
        }
    }
}
