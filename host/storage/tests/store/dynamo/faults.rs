//! A proxy between the store and its server that lets go wrong what no emulator does: answers that are lost, throttled
//! requests, transactions in conflict, batches done in part.

use std::future::Future;
use std::io::{Error, ErrorKind, Result};
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What becomes of a request.
pub enum Fault {
    /// It is passed on.
    None,
    /// It never arrives: the connection ends.
    Lost,
    /// It is done, and the answer is lost.
    AnswerLost,
    /// It is refused with this status and exception.
    Refused(u16, &'static str),
    /// A batch is done in part; other requests are passed on.
    Partly,
    /// A transaction is in conflict with another; other requests are passed on.
    Conflict,
    /// It is passed on when the future ends.
    Late(Pin<Box<dyn Future<Output = ()> + Send>>),
}

/// A request as a plan sees it.
pub struct Request {
    /// `PutItem` and so on.
    pub operation: String,
    pub body: Value,
}

impl Request {
    /// Whether it concerns the table.
    pub fn is_for(&self, table: &str) -> bool {
        self.body["TableName"].as_str().is_some_and(|name| name.ends_with(table))
    }
}

type Plan = Arc<Mutex<dyn FnMut(&Request) -> Fault + Send>>;

/// A proxy that ends with this value.
pub struct Proxy {
    endpoint: String,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// A proxy before the server at `endpoint`, which asks `plan` what becomes of each request.
    pub async fn before(endpoint: &str, plan: impl FnMut(&Request) -> Fault + Send + 'static) -> Self {
        Self::before_at(Ipv4Addr::LOCALHOST.into(), endpoint, plan).await
    }

    /// The same, on a free port of this address.
    pub async fn before_at(at: IpAddr, endpoint: &str, plan: impl FnMut(&Request) -> Fault + Send + 'static) -> Self {
        let server = endpoint.strip_prefix("http://").expect("the server speaks plain HTTP").to_owned();
        let listener = TcpListener::bind((at, 0)).await.expect("the address has a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("it has an address"));
        let plan: Plan = Arc::new(Mutex::new(plan));
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (plan, server) = (plan.clone(), server.clone());
                // An end that comes too early is what these tests are about.
                tokio::spawn(async move { serve(client, &server, plan).await });
            }
        });
        Self { endpoint, accepting }
    }

    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Faults of every kind, `rate` of all requests; the seed makes them again.
pub fn at_random(rate: f64, seed: u64) -> impl FnMut(&Request) -> Fault + Send + 'static {
    println!("faults of seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    move |_| match random.random_bool(rate).then(|| random.random_range(0..8)) {
        None => Fault::None,
        Some(0) => Fault::Lost,
        Some(1..=3) => Fault::AnswerLost,
        Some(4) => Fault::Refused(400, "ProvisionedThroughputExceededException"),
        Some(5) => Fault::Refused(500, "InternalServerError"),
        Some(6) => Fault::Conflict,
        Some(_) => Fault::Partly,
    }
}

async fn serve(client: TcpStream, server: &str, plan: Plan) -> Result<()> {
    client.set_nodelay(true)?;
    let mut client = BufReader::new(client);
    let server = TcpStream::connect(server).await?;
    server.set_nodelay(true)?;
    let mut server = BufReader::new(server);
    loop {
        let (head, body) = read(&mut client).await?;
        let operation = head.lines().find(|line| line.to_lowercase().starts_with("x-amz-target"));
        let operation = operation.and_then(|line| line.rsplit('.').next()).unwrap_or_default().trim().to_owned();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let mut request = Request { operation, body };
        let fault = (plan.lock().expect("no plan panics"))(&request);
        let (is_lost, mut left) = (matches!(fault, Fault::AnswerLost), None);
        match fault {
            Fault::Lost => return Ok(()),
            Fault::Refused(status, exception) => {
                answer(
                    &mut client,
                    status,
                    &json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{exception}") }),
                )
                .await?;
                continue;
            }
            Fault::Conflict if request.operation == "TransactWriteItems" => {
                let items = request.body["TransactItems"].as_array().map_or(0, Vec::len);
                let reason = |item| json!({ "Code": if item == 0 { "TransactionConflict" } else { "None" } });
                let reasons: Vec<Value> = (0..items).map(reason).collect();
                let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
                answer(&mut client, 400, &json!({ "__type": kind, "CancellationReasons": reasons })).await?;
                continue;
            }
            Fault::Partly => left = take_half(&mut request),
            Fault::Late(moment) => moment.await,
            Fault::None | Fault::AnswerLost | Fault::Conflict => {}
        }
        let (status, mut reply) = forward(&mut server, &head, &request.body).await?;
        if is_lost {
            return Ok(());
        }
        if let Some((name, left)) = left {
            reply[name] = left;
        }
        answer(&mut client, status, &reply).await?;
    }
}

/// Takes every second item out of a batch: the name under which the answer has them, and they.
fn take_half(request: &mut Request) -> Option<(&'static str, Value)> {
    let (table, items) = request.body["RequestItems"].as_object_mut()?.iter_mut().next()?;
    let (name, list) = match request.operation.as_str() {
        "BatchWriteItem" => ("UnprocessedItems", items.as_array_mut()?),
        "BatchGetItem" => ("UnprocessedKeys", items["Keys"].as_array_mut()?),
        _ => return None,
    };
    if list.len() < 2 {
        return None;
    }
    let left = list.split_off(list.len() / 2);
    let left = if name == "UnprocessedKeys" { json!({ "Keys": left, "ConsistentRead": true }) } else { json!(left) };
    Some((name, json!({ table.clone(): left })))
}

async fn forward(server: &mut BufReader<TcpStream>, head: &str, body: &Value) -> Result<(u16, Value)> {
    let body = body.to_string();
    let kept = |line: &&str| !line.to_lowercase().starts_with("content-length") && !line.is_empty();
    let head: String = head.lines().filter(kept).map(|line| format!("{line}\r\n")).collect();
    server.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await?;
    let (head, body) = read(server).await?;
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| Error::new(ErrorKind::InvalidData, "the server's answer has no status"))?;
    Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

async fn answer(client: &mut BufReader<TcpStream>, status: u16, body: &Value) -> Result<()> {
    let body = body.to_string();
    let head =
        format!("HTTP/1.1 {status} x\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}", body.len());
    client.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await
}

/// A message's head and body.
async fn read(stream: &mut BufReader<TcpStream>) -> Result<(String, Vec<u8>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    Ok((head, body))
}
