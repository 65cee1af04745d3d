use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use crate::support::Running;

/// Headers, body, status and problem code.
type Refused<'a> = (&'a [(&'a str, &'a str)], &'a [u8], u16, &'a str);

#[tokio::test]
async fn a_body_that_makes_no_sense_is_answered_with_a_problem() {
    let running = Running::start().await;
    let (mut operator, _) = running.operator().await;
    let json = [("content-type", "application/json")];
    let wrong: [Refused<'_>; 7] = [
        (&json, b"", 400, "bad-body"),
        (&json, b"{", 400, "bad-body"),
        (&json, b"\xff\xfe", 400, "bad-body"),
        (&json, b"[]", 422, "bad-body"),
        (&json, b"{\"name\": 7}", 422, "bad-body"),
        (&[("content-type", "text/plain")], b"{\"name\": \"x\"}", 415, "not-json"),
        (&[], b"{\"name\": \"x\"}", 415, "not-json"),
    ];
    for (headers, body, status, code) in wrong {
        let answer = operator.send("PATCH", "/api/me", headers, body).await;
        assert_eq!(answer.problem(), (status, code.into()), "{:?}", String::from_utf8_lossy(body));
    }
    let large = operator.patch("/api/me", json!({"name": "x".repeat(300_000)})).await;
    assert_eq!(large.problem(), (413, "too-large".into()));
}

#[tokio::test]
async fn requests_that_are_no_http_are_answered_or_dropped_and_others_go_on() {
    let running = Running::start().await;
    let browser = running.browser();
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(100_000));
    let wrong: [&[u8]; 5] = [
        b"\r\n\r\n\r\n\r\nhello\r\n\r\n",
        b"GET / HTTP/9.9\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n",
        long.as_bytes(),
    ];
    for bytes in wrong {
        let answer = browser.raw(bytes).await;
        assert!((400..500).contains(&answer.status), "{}: {:?}", answer.status, String::from_utf8_lossy(&bytes[..20]));
    }
    assert_eq!(running.browser().get("/api/health").await.status, 200);
}

/// A fixed budget of requests, each a valid one with some bytes changed.
#[tokio::test]
async fn random_damage_to_requests_never_ends_the_server() {
    let seed = rand::rng().random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let running = Running::start().await;
    let (operator, project) = running.operator().await;
    let body =
        json!({"name": "My canvas", "role": "viewer", "token": "0000", "digest": "00", "granted": [], "settings": {}});
    let paths = [
        "me",
        "join",
        "signin",
        "projects",
        "plugins",
        "projects/P/members/U",
        "projects/P/invitations",
        "projects/P/live",
    ];
    for _ in 0..300 {
        let path = paths[random.random_range(0..paths.len())].replace('P', &project).replace('U', &operator.user);
        let method = ["GET", "POST", "PUT", "PATCH", "DELETE"][random.random_range(0..5)];
        let cookie = operator.cookie.as_deref().unwrap();
        let mut request = format!(
            "{method} /api/{path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncookie: {cookie}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            operator.address,
            body.to_string().len(),
        )
        .into_bytes();
        for _ in 0..random.random_range(0..4) {
            let at = random.random_range(0..request.len());
            request[at] = random.random();
        }
        // A damaged length makes the server wait for what does not come; the end of the request tells it.
        damaged(&operator.address, &request).await;
    }
    assert_eq!(running.browser().get("/api/health").await.status, 200);
    assert_eq!(running.operator().await.1, project);
}

async fn damaged(address: &str, request: &[u8]) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(request).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let panicked = answer.starts_with(b"HTTP/1.1 500");
    assert!(!panicked, "{} was answered with {}", String::from_utf8_lossy(request), String::from_utf8_lossy(&answer));
}
