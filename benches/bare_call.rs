//! The least that a look-up costs the processor: the same question over the same client library, its answer read and
//! thrown away. Prints one line of JSON. Nothing of the service is in here; `benches/cold.py` runs it.
//!
//! `bare_call --url U --body-file F [--header 'name: value' …] --count N --connections C`, plain HTTP on loopback.

use std::fmt::Display;
use std::fs;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, StatusCode};

/// What the command line asks for.
#[derive(Default)]
struct Options {
    url: String,
    body: Bytes,
    headers: HeaderMap,
    count: u64,
    connections: u64,
}

fn main() -> ExitCode {
    match run() {
        Ok(told) => {
            println!("{told}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, String> {
    let options = options(std::env::args().skip(1))?;
    // One thread for everything, like the service with one worker on one core.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(text)?;
    runtime.block_on(calls(Arc::new(options)))
}

fn options(mut words: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
    while let Some(word) = words.next() {
        // What `cargo bench` adds.
        if word == "--bench" {
            continue;
        }
        let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
        match word.as_str() {
            "--url" => options.url = value,
            "--body-file" => options.body = fs::read(&value).map_err(text)?.into(),
            "--count" => options.count = value.parse().map_err(text)?,
            "--connections" => options.connections = value.parse().map_err(text)?,
            "--header" => {
                let (name, value) = value.split_once(':').ok_or_else(|| format!("no colon in {value}"))?;
                let name: HeaderName = name.trim().parse().map_err(text)?;
                let value: HeaderValue = value.trim().parse().map_err(text)?;
                options.headers.append(name, value);
            }
            _ => return Err(format!("unknown: {word}")),
        }
    }
    if options.url.is_empty() || options.count == 0 || options.connections == 0 {
        return Err("--url, --count and --connections are needed".to_owned());
    }
    Ok(options)
}

/// Makes all calls, so many at once, and tells what they took.
async fn calls(options: Arc<Options>) -> Result<String, String> {
    let client = Client::builder().no_proxy().gzip(true).build().map_err(text)?;
    // Connections are there, and their buffers, before anything counts.
    for _ in 0..options.connections {
        call(&client, &options).await?;
    }
    let taken = Arc::new(AtomicU64::new(0));
    let (began, before) = (Instant::now(), cpu_ns()?);
    let tasks: Vec<_> = (0..options.connections)
        .map(|_| {
            let (client, options, taken) = (client.clone(), Arc::clone(&options), Arc::clone(&taken));
            tokio::spawn(async move {
                let mut made = 0_u64;
                while taken.fetch_add(1, Ordering::Relaxed) < options.count {
                    call(&client, &options).await?;
                    made += 1;
                }
                Ok::<u64, String>(made)
            })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        made += task.await.map_err(text)??;
    }
    let (wall, cpu) = (began.elapsed().as_micros(), (cpu_ns()? - before) / 1000);
    Ok(format!("{{\"calls\":{made},\"wall_us\":{wall},\"cpu_us\":{cpu}}}"))
}

async fn call(client: &Client, options: &Options) -> Result<(), String> {
    let question = client.post(&options.url).headers(options.headers.clone()).body(options.body.clone());
    let reply = question.send().await.map_err(text)?;
    let status = reply.status();
    let body = reply.bytes().await.map_err(text)?;
    if status == StatusCode::OK && !body.is_empty() {
        Ok(())
    } else {
        Err(format!("answered with {status}: {}", String::from_utf8_lossy(&body)))
    }
}

/// Nanoseconds that all threads of this process spent on a core.
fn cpu_ns() -> Result<u64, String> {
    let mut sum = 0;
    for thread in fs::read_dir("/proc/self/task").map_err(text)? {
        let file = thread.map_err(text)?.path().join("schedstat");
        let told = fs::read_to_string(file).map_err(text)?;
        let on_core = told.split_whitespace().next().ok_or("an empty schedstat")?;
        sum += on_core.parse::<u64>().map_err(text)?;
    }
    Ok(sum)
}

fn text(error: impl Display) -> String {
    error.to_string()
}
