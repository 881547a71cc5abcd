//! Figures for `CloudWatch`: what the flows tell under [`METRICS`], as JSON lines in the embedded metric
//! format, beside the log on standard output. No call is made for them; `CloudWatch` finds them there.
//!
//! Source: "Specification: Embedded metric format", Amazon `CloudWatch` User Guide.

use flows::METRICS;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::{fmt::Debug, io::Write};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    Layer,
    filter::filter_fn,
    fmt::MakeWriter,
    layer::{Context, Filter},
    registry::LookupSpan,
};

/// The namespace of all our figures.
const NAMESPACE: &str = "Gudok";

/// Writes figures to `to`, a line an event: fields that are numbers are the figures, of seconds if their
/// name says so and else counts; fields that are texts are their dimensions.
pub fn embedded<S, W>(to: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    Embedded(to).with_filter(only_metrics())
}

/// Lets figures through and nothing else.
fn only_metrics<S>() -> impl Filter<S> {
    filter_fn(|metadata| metadata.target() == METRICS)
}

struct Embedded<W>(W);

impl<S, W> Layer<S> for Embedded<W>
where
    S: Subscriber,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let line = fields.line(Timestamp::now());
        // A figure that cannot be written is no reason to stop, and there is nowhere to say so.
        drop(self.0.make_writer().write_all(line.as_bytes()));
    }
}

/// The fields of one event.
#[derive(Default)]
struct Fields {
    figures: Vec<&'static str>,
    dimensions: Vec<&'static str>,
    values: Map<String, Value>,
}

impl Fields {
    fn line(self, at: Timestamp) -> String {
        let Self { figures, dimensions, mut values } = self;
        let unit = |name: &str| if name.ends_with("Seconds") { "Seconds" } else { "Count" };
        let metrics: Vec<Value> =
            figures.iter().map(|name| json!({ "Name": name, "Unit": unit(name) })).collect();
        let of = json!({ "Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics });
        let about = json!({ "Timestamp": at.as_millisecond(), "CloudWatchMetrics": [of] });
        values.insert("_aws".to_owned(), about);
        // In one piece, so that no other line comes into the middle.
        format!("{}\n", Value::Object(values))
    }

    fn figure(&mut self, field: &Field, value: Value) {
        self.figures.push(field.name());
        self.values.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.figure(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.figure(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.dimensions.push(field.name());
        self.values.insert(field.name().to_owned(), value.into());
    }

    /// Nothing else is a figure.
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
