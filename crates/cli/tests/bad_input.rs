//! Wrong commands, wrong files, wrong requests: each gets an error that names the remedy.

mod cluster;

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::thread;

use cluster::{Asked, Ground, Node, Process, TOO_LONG, repository, until};
use serde_json::{Value, json};

fn alone(ground: &Ground) -> (Process, Node) {
    let mut process = ground.start(ground.alone());
    let node = ground.node(1);
    until("the node is ready", TOO_LONG, || {
        process.assert_runs();
        node.is_ready().then_some(())
    });
    (process, node)
}

/// The command fails with this code, and its message and hint contain all of `told`.
#[track_caller]
fn fails(ground: &Ground, line: &str, code: &str, told: &[&str]) {
    fails_as(ground, &line.split(' ').collect::<Vec<_>>(), code, told);
}

#[track_caller]
fn fails_as(ground: &Ground, arguments: &[&str], code: &str, told: &[&str]) {
    let ended = ground.run(arguments.iter().chain(&["--json"]));
    let line = &ended.line;
    assert_eq!(ended.code, 2, "{line}:\n{}{}", ended.said, ended.complained);
    assert!(!ended.complained.contains("panicked"), "{line}:\n{}", ended.complained);
    // A node's log lines come before.
    let last = ended.complained.lines().last().unwrap_or_default();
    let error: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{line}: no JSON:\n{}", ended.complained));
    assert_eq!(error["code"], code, "{line}: {error}");
    let text = format!("{} {}", error["message"].as_str().unwrap(), error["hint"].as_str().unwrap_or_default());
    for part in told {
        assert!(text.contains(part), "{line}: no {part:?} in {text:?}");
    }
}

#[test]
fn a_wrong_command_line_is_told_what_would_be_right() {
    let ground = Ground::new();
    fails(&ground, "frobnicate", "usage", &["frobnicate", "--help"]);
    fails(&ground, "status --frobnicate", "usage", &["--frobnicate", "--help"]);
    fails(&ground, "run n1 --port 70000", "usage", &["70000", "64535"]);
    fails(&ground, "run n1 --join /ip4/127.0.0.1/tcp/1", "usage", &["--network"]);
    fails(&ground, "run n1 --peers nowhere", "usage", &["nowhere", "/ip4/127.0.0.1/tcp/"]);
    fails(
        &ground,
        "run n1 --announce /ip4/0.0.0.0/tcp/1",
        "run",
        &["/ip4/0.0.0.0/tcp/1 cannot be announced", "/tcp/<port>"],
    );
    fails(&ground, "run ../n1", "home", &["../n1", "use 1 to 64 of a-z"]);
    fails(&ground, "up --nodes 0", "usage", &["0", "1..=64"]);
    fails(&ground, "up --nodes 3 --stake 1,2", "usage", &["2 stakes for 3 members", "one number for all"]);
    fails(&ground, "status --url ftp://nowhere", "usage", &["http://HOST:PORT"]);
    let nobody = format!("--url http://127.0.0.1:{}", ground.port(1));
    fails(&ground, &format!("status {nobody}"), "unreachable", &["does not answer", "quorate up"]);
    fails(&ground, &format!("put doc {{\"a\" {nobody}"), "json", &["not JSON", "quotes"]);
    fails(&ground, &format!("put doc 1 {nobody}"), "token", &["--token-file", "QUORATE_TOKEN"]);
    let missing = ground.path("missing").display().to_string();
    fails(&ground, &format!("put doc 1 --token-file {missing} {nobody}"), "file", &[&missing, "check the path"]);
    fails(&ground, &format!("import doc {missing}"), "file", &[&missing, "check the path"]);
    fails(&ground, &format!("up --scenario {missing}"), "file", &[&missing, "check the path"]);
    fails(&ground, &format!("genesis show {missing}"), "genesis", &[&missing, "check the path"]);
}

#[test]
fn a_wrong_file_is_told_where_it_is_wrong() {
    let ground = Ground::new();
    ground.alone();
    let (genesis, port) = (ground.path("genesis.json"), ground.port(1));
    let wrong = ground.path("wrong.json");
    let (good, file) = (fs::read_to_string(&genesis).unwrap(), wrong.to_str().unwrap());
    let run = format!("run n1 --port {port} --genesis {file}");
    for (found, put, told) in [
        ("\"demo\"", "\"domo\"", "unknown field `domo`, expected one of `name`"),
        ("\"100\"", "\"101\"", "take the file as its founder wrote it"),
        ("\"100\"", "\"all\"", "write decimal digits in quotes"),
        ("{", "", "wrong.json is not a genesis"),
    ] {
        let text = good.replacen(found, put, 1);
        assert_ne!(text, good, "{found}");
        fs::write(&wrong, text).unwrap();
        fails(&ground, &run, "run", &[file, told]);
        fails(&ground, &format!("genesis show {file}"), "genesis", &[file, told]);
    }
    fails(&ground, &format!("run n1 --genesis {}", ground.path("none").display()), "run", &["none", "check the path"]);

    let small = fs::read_to_string(repository().join("scenarios/causal-work-small.toml")).unwrap();
    let scenario = ground.path("wrong.toml");
    for (found, put, told) in [
        ("pace =", "paze =", "unknown field `paze`, expected one of `name`"),
        ("from = 1", "from = \"one\"", "line"),
        ("nodes = 3", "nodes = 3 3", "line"),
    ] {
        fs::write(&scenario, small.replacen(found, put, 1)).unwrap();
        let up = format!("up --port {port} --scenario {}", scenario.display());
        fails(&ground, &up, "scenario", &["wrong.toml", told, "scenarios/"]);
    }

    let records = ground.path("records.json");
    let token = ground.home().join("n1/token").display().to_string();
    for (text, told) in [
        ("{\"a\":", &["is not JSON", "one JSON value"][..]),
        ("{\"a\": 1}", &["without an array", "--array-key"]),
        ("[{\"id\": 1}]", &["record 0 has no \"code\"", "name a key"]),
        ("[{\"code\": 1}, {\"code\": 1}]", &["have the same \"code\"", "a different value"]),
    ] {
        fs::write(&records, text).unwrap();
        let import = format!("import doc {} --array-key code --token-file {token}", records.display());
        fails(&ground, &import, "import", told);
    }
}

#[test]
fn what_another_process_holds_is_told_with_the_way_out() {
    let ground = Ground::new();
    let (_running, node) = alone(&ground);
    let genesis = ground.path("genesis.json").display().to_string();
    ground.run(["init", "n2", "--seed", "2"]).assert_done();
    let run = |name: &str, number: usize| format!("run {name} --genesis {genesis} --port {}", ground.port(number));
    fails(&ground, &run("n1", 2), "run", &["a node already runs in", "stop it, or use another name"]);
    fails(&ground, &run("n2", 1), "run", &["http cannot listen", "choose another --port"]);

    let occupy = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    let libp2p = occupy(ground.port(3) + 1_000);
    fails(&ground, &run("n2", 3), "run", &["the port is in use", "choose another --port"]);
    let up = format!("up --port {}", ground.port(2));
    fails(&ground, &up, "port", &["libp2p of n2", "pass another --port"]);
    drop(libp2p);
    let http = occupy(ground.port(3));
    fails(&ground, &up, "port", &["HTTP of n2", "pass another --port"]);
    drop(http);
    fails(&ground, &up, "not_ours", &["was not made by `up`", "another --home"]);

    // n2 took the genesis before it found its port in use; it keeps to that one.
    let other = ground.path("other.json").display().to_string();
    ground.run(["genesis", "new", "--seeds", "1,2", "--out", &other]).assert_done();
    let run = format!("run n2 --genesis {other} --port {}", ground.port(2));
    fails(&ground, &run, "run", &["the home is of network", "choose another name or --home"]);
    let run = format!("run n2 --peerid 7 --port {}", ground.port(2));
    fails(&ground, &run, "run", &["but --peerid names", "drop --peerid"]);

    // Two homes hold a token, and no option chooses one.
    fails(&ground, &format!("put doc 1 --url {}", node.url), "token", &["no token", "--token-file"]);
    let wrong = ground.home().join("n2/token").display().to_string();
    let put = format!("put doc 1 --url {} --token-file {wrong}", node.url);
    fails(&ground, &put, "wrong_token", &["not this node's", "HOME/NAME/token"]);
    fails(&ground, &format!("get nothing --url {}", node.url), "unknown_document", &["nothing", "lists the documents"]);
}

/// The rows of the error table: status, code, what to do.
fn table() -> Vec<(u16, String, String)> {
    let text = fs::read_to_string(repository().join("docs/errors.md")).unwrap();
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        let status = cells.next()?.parse().ok()?;
        let code = cells.next()?.trim_matches('`').to_owned();
        Some((status, code, cells.nth(1)?.to_owned()))
    });
    rows.collect()
}

/// One request, and the row of the table that it meets.
fn requests(token: &str) -> Vec<(Asked<'_>, u16, &'static str)> {
    let put = Asked { token: Some(token), ..Asked::default() };
    let get = |path| Asked { method: "GET", path, ..Asked::default() };
    let post = |path| Asked { method: "POST", path, content_type: "application/cbor", ..put };
    let body = |body| Asked { body, ..put };
    let path = |path| Asked { path, ..put };
    let header = |name, value| Asked { header: Some((name, value)), ..put };
    vec![
        (Asked { token: None, ..put }, 401, "no_token"),
        (Asked { token: Some("0123"), ..put }, 401, "wrong_token"),
        (header("origin", "https://elsewhere.example"), 403, "foreign_origin"),
        (header("host", "elsewhere.example"), 403, "foreign_host"),
        (header("if-match", "\"0x00\""), 412, "changed"),
        (Asked { content_type: "text/plain", ..put }, 415, "media_type"),
        (body(b"{\"a\":"), 400, "bad_json"),
        (body(b"{\"a\":1,\"a\":2}"), 400, "bad_json"),
        (body(b"NaN"), 400, "bad_json"),
        (body(b"\"\\ud800\""), 400, "bad_json"),
        (body(b"\"\xff\""), 400, "bad_json"),
        (body(b""), 400, "bad_json"),
        (path("/v1/docs/any?wait=maybe"), 400, "bad_parameter"),
        (path("/v1/docs/any?timeout_ms=300001"), 400, "bad_parameter"),
        (path("/v1/docs/any?wait=final&wait=durable"), 400, "bad_parameter"),
        (path("/v1/docs/any?token=secret"), 400, "unknown_parameter"),
        (path("/v1/docs/%ff"), 400, "bad_name"),
        (path("/v1/docs/known?pointer=/x/y"), 409, "no_such_place"),
        (get("/v1/docs/nothing"), 404, "unknown_document"),
        (get("/v1/nothing"), 404, "unknown_route"),
        (get("/v1/events/0x12"), 400, "bad_parameter"),
        (get("/v1/events/0x1111111111111111111111111111111111111111111111111111111111111111"), 404, "unknown_event"),
        (get("/v1/milestones/999999"), 404, "unknown_milestone"),
        (Asked { method: "POST", path: "/v1/status", ..put }, 405, "method_not_allowed"),
        (Asked { body: b"\x00", ..post("/v1/events") }, 400, "bad_event"),
    ]
}

#[track_caller]
fn refused(node: &Node, asked: &Asked<'_>, status: u16, code: &str) {
    let what = format!("{} {} {:?}", asked.method, asked.path.get(..60).unwrap_or(asked.path), asked.header);
    let reply = node.ask(asked).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!((reply.status, reply.text("code")), (status, code), "{what}: {}", reply.body);
    let row = table().into_iter().find(|(_, named, _)| named == code);
    let (documented, _, remedy) = row.unwrap_or_else(|| panic!("{code} is not in docs/errors.md"));
    assert_eq!((documented, remedy.as_str()), (status, reply.text("hint")), "{code}");
    assert!(!reply.text("message").is_empty() && reply.body.as_object().unwrap().len() == 3, "{}", reply.body);
}

#[test]
fn a_wrong_request_meets_its_row_of_the_error_table() {
    let ground = Ground::new();
    let (_running, node) = alone(&ground);
    let token = node.token();
    assert_eq!(node.put("known", "", &json!({ "x": 1 })).status, 200);
    for (asked, status, code) in requests(&token) {
        refused(&node, &asked, status, code);
    }
    // Limits: the last that is taken, and the first that is not.
    let put = Asked { token: Some(&token), ..Asked::default() };
    let named = |bytes: usize| format!("/v1/docs/{}", "n".repeat(bytes));
    assert_eq!(node.ask(&Asked { path: &named(256), ..put }).unwrap().status, 200);
    refused(&node, &Asked { path: &named(257), ..put }, 400, "bad_name");
    refused(&node, &Asked { path: &named(9_000), ..put }, 400, "uri_too_long");
    let event = |bytes: usize| vec![0; bytes];
    let post = Asked { method: "POST", path: "/v1/events", content_type: "application/cbor", ..put };
    refused(&node, &Asked { body: &event(65_536), ..post }, 400, "bad_event");
    refused(&node, &Asked { body: &event(65_537), ..post }, 413, "body_too_large");
    // A long string is a text, which may be many events; a key cannot be cut.
    let atomic = "/v1/docs/large?atomic=1";
    let long = json!("x".repeat(200_000)).to_string();
    refused(&node, &Asked { path: atomic, body: long.as_bytes(), ..put }, 413, "not_atomic");
    let large = json!({ "k".repeat(200_000): 1 }).to_string();
    refused(&node, &Asked { path: atomic, body: large.as_bytes(), ..put }, 422, "unwritable");
    let many = Value::Object((0..3_000).map(|key| (format!("key{key}"), json!("y".repeat(40)))).collect()).to_string();
    refused(&node, &Asked { path: atomic, body: many.as_bytes(), ..put }, 413, "not_atomic");
    // And none of it left a trace.
    assert_eq!(node.document("any", "merged"), None);
    assert_eq!(node.document("known", "merged"), Some(json!({ "x": 1 })));
    node.put_final("known", &json!("still writes"));
}

/// 100 MB, announced or in chunks of unknown number, written until the node hangs up; what it answered.
fn flood(node: &Node, announced: bool) -> String {
    let mut socket = TcpStream::connect(node.url.trim_start_matches("http://")).unwrap();
    socket.set_read_timeout(Some(TOO_LONG)).unwrap();
    socket.set_write_timeout(Some(TOO_LONG)).unwrap();
    let mut answers = socket.try_clone().unwrap();
    let answer = thread::spawn(move || {
        let mut bytes = Vec::new();
        // It ends in either way of hanging up.
        let _broken = answers.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let chunk = vec![b' '; 1 << 16];
    let length = if announced { "content-length: 104857600" } else { "transfer-encoding: chunked" };
    let head = format!(
        "PUT /v1/docs/flood HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\n{length}\r\n\r\n",
        node.token()
    );
    let framed = format!("{:x}\r\n", chunk.len());
    let send = |socket: &mut TcpStream| {
        socket.write_all(head.as_bytes())?;
        for _ in 0..1_600 {
            if !announced {
                socket.write_all(framed.as_bytes())?;
            }
            socket.write_all(&chunk)?;
            if !announced {
                socket.write_all(b"\r\n")?;
            }
        }
        Ok::<(), std::io::Error>(())
    };
    // A node that refuses need not read the rest.
    let _refused = send(&mut socket);
    answer.join().unwrap()
}

/// Peak memory of a process in KiB, where the system reports it.
fn peak(process: &Process) -> Option<u64> {
    let text = fs::read_to_string(Path::new("/proc").join(process.pid().to_string()).join("status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

#[test]
fn a_hundred_megabytes_are_refused_and_not_kept() {
    let ground = Ground::new();
    let (process, node) = alone(&ground);
    let before = peak(&process);
    for announced in [true, false] {
        let answer = flood(&node, announced);
        assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("body_too_large"), "{announced}: {answer:?}");
    }
    if let (Some(before), Some(after)) = (before, peak(&process)) {
        // One body of 8 MiB, and what reading it takes.
        assert!(after - before < 32 * 1_024, "from {before} to {after} KiB");
    }
    node.put_final("after", &json!("the flood"));
    assert_eq!(node.document("flood", "merged"), None);
}
