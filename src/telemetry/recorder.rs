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

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::mpsc::{Receiver, Sender, channel};

    use tracing_appender::non_blocking::NonBlockingBuilder;

    use super::*;

    /// A disk that stands still until it is told to go on, and then tells what it was given.
    struct SlowDisk {
        go: Option<Receiver<()>>,
        written: Sender<String>,
    }

    impl io::Write for SlowDisk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some(go) = self.go.take() {
                go.recv().unwrap();
            }
            self.written.send(String::from_utf8(bytes.to_vec()).unwrap()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_found_no_room_are_told_of_and_nobody_waited() {
        let (go, wait) = channel();
        let (written, read) = channel();
        let disk = SlowDisk { go: Some(wait), written };
        let (out, _guard) = NonBlockingBuilder::default().buffered_lines_limit(4).finish(disk);
        let counter = out.error_counter();
        let sink = Sink::new(Form::Json, out);
        let record = lost_lines(7, "any line will do");
        (0..10).for_each(|_| sink.put(&record));
        let lost = counter.dropped_lines();
        assert!(lost >= 5, "{lost}");
        go.send(()).unwrap();
        assert_eq!(read.iter().take(10 - lost).count(), 10 - lost);
        sink.write(&record);
        let told = read.recv().unwrap();
        assert!(told.contains(&format!("\"lost\":{lost},\"why\":\"they came faster")), "{told}");
        assert!(read.recv().unwrap().contains("any line will do"));
    }
}
