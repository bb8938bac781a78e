//! The workloads of both official Rust clients. Each prints one line of JSON about its measured section.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, bail, ensure};

use crate::{Client, Process, connect, is_last, launch, size};

const AT_ONCE: usize = 64;
const PROCESSES: usize = 1000;

struct Measure {
    began: Instant,
    used: libc::rusage,
    resident: i64,
}

fn used() -> libc::rusage {
    let mut used = std::mem::MaybeUninit::zeroed();
    // SAFETY: it is written whole, or stays zeros.
    unsafe {
        libc::getrusage(libc::RUSAGE_SELF, used.as_mut_ptr());
        used.assume_init()
    }
}

fn seconds(time: libc::timeval) -> f64 {
    time.tv_sec as f64 + time.tv_usec as f64 / 1e6
}

fn status(field: &str) -> i64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(-1)
}

fn descriptors() -> i64 {
    std::fs::read_dir("/proc/self/fd").map_or(-1, |list| list.count() as i64)
}

impl Measure {
    fn begin() -> Self {
        // The peak is counted from here on.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        Self { resident: status("VmRSS"), began: Instant::now(), used: used() }
    }

    fn print(self, extra: &str) {
        let seconds_passed = self.began.elapsed().as_secs_f64();
        let (now, then) = (used(), self.used);
        let cpu = seconds(now.ru_utime) + seconds(now.ru_stime) - seconds(then.ru_utime) - seconds(then.ru_stime);
        let switches = now.ru_nvcsw + now.ru_nivcsw - then.ru_nvcsw - then.ru_nivcsw;
        let peak = status("VmHWM") - self.resident;
        println!(
            "{{\"seconds\": {seconds_passed:.9}, \"cpu\": {cpu:.6}, \"switches\": {switches}, \"peak_kib\": {peak}{extra}}}"
        );
    }
}

/// Launched, and waiting for a signal before it does the rest: the clients lose what comes too soon.
async fn ready(client: &Client, ops: &str) -> Result<Process> {
    launch(client, format!(r#"{{"ops":[["recv",0],{ops}]}}"#)).await
}

async fn drained(process: &mut Process) -> Result<usize> {
    let mut events = 0;
    loop {
        events += 1;
        if is_last(&process.recv().await?) {
            return Ok(events);
        }
    }
}

pub async fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [uri, workload, count] = &arguments[..] else { bail!("usage: URI WORKLOAD COUNT") };
    let count = count.parse()?;
    match workload.as_str() {
        "ping" => ping(uri, count).await?,
        "ping_at_once" => ping_at_once(uri, count).await?,
        "launch" => launches(uri, count).await?,
        "connect" => connects(uri, count).await?,
        "recv" => recv(uri, count, &format!(r#"["flood",{count},32]"#)).await?,
        "stream" => recv(uri, count, &format!(r#"["sendn",{count}]"#)).await?,
        "many" => many(uri, count).await?,
        "upload" => upload(uri, count).await?,
        "download" => download(uri, count).await?,
        "idle_connections" => idle_connections(uri, count).await?,
        "idle_processes" => idle_processes(uri, count).await?,
        other => bail!("no workload {other}"),
    }
    // The clients' own close waits for ever, or nearly.
    std::process::exit(0)
}

async fn ping(uri: &str, count: usize) -> Result<()> {
    let client = connect(uri).await?;
    let measure = Measure::begin();
    for _ in 0..count {
        client.ping().await?;
    }
    measure.print("");
    Ok(())
}

async fn ping_at_once(uri: &str, count: usize) -> Result<()> {
    let client = Arc::new(connect(uri).await?);
    let measure = Measure::begin();
    let pingers: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                for _ in 0..count / AT_ONCE {
                    client.ping().await?;
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for pinger in pingers {
        pinger.await??;
    }
    measure.print("");
    Ok(())
}

async fn launches(uri: &str, count: usize) -> Result<()> {
    let client = connect(uri).await?;
    let measure = Measure::begin();
    for _ in 0..count {
        let mut process = ready(&client, r#"["return","done"]"#).await?;
        process.signal("go").await?;
        ensure!(drained(&mut process).await? == 2, "events");
    }
    measure.print("");
    Ok(())
}

async fn connects(uri: &str, count: usize) -> Result<()> {
    let measure = Measure::begin();
    for _ in 0..count {
        let client = connect(uri).await?;
        let mut process = ready(&client, r#"["return","done"]"#).await?;
        process.signal("go").await?;
        process.recv().await?;
    }
    measure.print("");
    Ok(())
}

async fn recv(uri: &str, count: usize, op: &str) -> Result<()> {
    let client = connect(uri).await?;
    let mut process = ready(&client, op).await?;
    let measure = Measure::begin();
    process.signal("go").await?;
    let events = drained(&mut process).await?;
    ensure!(events == count + 2, "{events} events");
    measure.print("");
    Ok(())
}

/// A thousand processes at once, `count` events in all.
async fn many(uri: &str, count: usize) -> Result<()> {
    let client = connect(uri).await?;
    let each = count / PROCESSES;
    let mut processes = Vec::new();
    for _ in 0..PROCESSES {
        processes.push(ready(&client, &format!(r#"["flood",{each},32]"#)).await?);
    }
    let measure = Measure::begin();
    let readers: Vec<_> = processes
        .into_iter()
        .map(|mut process| {
            tokio::spawn(async move {
                process.signal("go").await?;
                drained(&mut process).await
            })
        })
        .collect();
    for reader in readers {
        ensure!(reader.await?? == each + 2, "events");
    }
    measure.print("");
    Ok(())
}

/// A file of `count` MiB; the time until the process has it.
async fn upload(uri: &str, count: usize) -> Result<()> {
    let client = connect(uri).await?;
    let data = vec![b'x'; count << 20];
    let ops = r#"["send","ready"],["recv_file",0]"#;
    let mut process = ready(&client, ops).await?;
    process.signal("go").await?;
    process.recv().await?;
    process.recv().await?;
    let measure = Measure::begin();
    process.transfer_file(&data).await?;
    process.recv().await?;
    measure.print("");
    Ok(())
}

async fn download(uri: &str, count: usize) -> Result<()> {
    let client = connect(uri).await?;
    let size_wanted = count << 20;
    let ops = format!(r#"["make_file",{size_wanted}],["send","made"],["recv",0],["send_file",{size_wanted}]"#);
    let mut process = ready(&client, &ops).await?;
    process.signal("go").await?;
    process.recv().await?;
    process.recv().await?;
    let measure = Measure::begin();
    process.signal("go").await?;
    process.recv().await?;
    let file = process.recv().await?;
    ensure!(size(&file) == Some(size_wanted), "no file");
    measure.print("");
    Ok(())
}

fn idle(measure: Measure, resident: i64, open: i64) {
    let (resident, threads, open) = (status("VmRSS") - resident, status("Threads"), descriptors() - open);
    let extra = format!(", \"resident_kib\": {resident}, \"threads\": {threads}, \"descriptors\": {open}");
    measure.print(&extra);
}

async fn idle_connections(uri: &str, count: usize) -> Result<()> {
    let _first = connect(uri).await?;
    let (resident, open, measure) = (status("VmRSS"), descriptors(), Measure::begin());
    let mut clients = Vec::new();
    for _ in 0..count {
        clients.push(connect(uri).await?);
    }
    idle(measure, resident, open);
    Ok(())
}

async fn idle_processes(uri: &str, count: usize) -> Result<()> {
    let client = connect(uri).await?;
    let _first = ready(&client, r#"["return",1]"#).await?;
    let (resident, open, measure) = (status("VmRSS"), descriptors(), Measure::begin());
    let mut processes = Vec::new();
    for _ in 0..count {
        processes.push(ready(&client, r#"["return",1]"#).await?);
    }
    idle(measure, resident, open);
    Ok(())
}
