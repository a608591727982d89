//! How long until the first request can be answered, and how large the download is.

use anyhow::Result;

use super::samples::{Samples, number};
use super::{Bench, Table};

const STARTS: usize = 5;

pub(super) async fn run(bench: &Bench) -> Result<Vec<Table>> {
    let (mut first, mut again) = (Samples::default(), Samples::default());
    for _ in 0..STARTS {
        let directory = bench.directory()?;
        for samples in [&mut first, &mut again] {
            let server = bench.start(directory.path()).await?;
            samples.push(server.ready_after.as_secs_f64() * 1e3);
        }
    }
    let size = std::fs::metadata(&bench.binary)?.len() as f64 / (1024.0 * 1024.0);
    let row = |what: &str, value: String| vec![what.to_owned(), value];
    Ok(vec![Table {
        title: "Start".to_owned(),
        about: format!(
            "From the start of the process to the first 200 of `/readyz`; {STARTS} starts, on an empty data \
             directory and on the one that a killed node left behind."
        ),
        columns: vec!["what", "value"],
        rows: vec![
            row("time to first ready, empty directory", format!("{} ms", first.show(1))),
            row("time to ready after kill -9", format!("{} ms", again.show(1))),
            row("size of the binary, web chat included", format!("{} MiB", number(size, 1))),
        ],
    }])
}
