//! The collector: one address, one POST a batch (OTLP over HTTP, protobuf).

use std::fmt;
use std::pin::Pin;

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter as _;
use reqwest::header::{HeaderName, HeaderValue};

/// Most bytes of an answer that are read; a good one is empty.
const ANSWER_BYTES: usize = 64 * 1024;

/// Gives the secret header as it is now, when there is one.
pub type SecretHeader = Box<dyn Fn() -> Option<(HeaderName, HeaderValue)> + Send + Sync>;

/// Where spans are sent to.
pub struct Collector {
    pub endpoint: String,
    /// Bounded in time; follows no redirect, uses no proxy.
    pub client: reqwest::Client,
    pub header: SecretHeader,
}

impl Collector {
    /// # Errors
    /// The address or the environment of the exporter (`OTEL_EXPORTER_OTLP_…`) is refused.
    pub fn exporter(self, resource: &Resource) -> Result<SpanExporter, String> {
        let endpoint = self.endpoint.clone();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint)
            .with_http_client(self)
            .build();
        let mut exporter = exporter.map_err(|error| error.to_string())?;
        exporter.set_resource(resource);
        Ok(exporter)
    }

    async fn post(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let mut call = self.client.post(&self.endpoint).headers(parts.headers);
        if let Some((name, value)) = (self.header)() {
            call = call.header(name, value);
        }
        let mut answer = call.body(body).send().await.map_err(reqwest::Error::without_url)?.error_for_status()?;
        let mut read = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if read.len() + chunk.len() > ANSWER_BYTES {
                return Err("a long answer".into());
            }
            read.extend_from_slice(&chunk);
        }
        Ok(Response::builder().status(answer.status()).body(read.into())?)
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Collector")
    }
}

impl HttpClient for Collector {
    fn send_bytes<'s, 'f>(
        &'s self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(self.post(request))
    }
}
