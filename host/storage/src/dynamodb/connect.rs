//! Clients of DynamoDB.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{Builder, Credentials, Region, SharedHttpClient};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

/// How long one attempt may take. The store decides how often to try.
const ATTEMPT: Duration = Duration::from_secs(5);

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(2);

/// A client for AWS as the environment says: region, credentials (variables, profile, web identity, container or
/// instance metadata), and another end point where `AWS_ENDPOINT_URL_DYNAMODB` names one. May wait for the network.
pub async fn client() -> Client {
    let environment = aws_config::defaults(BehaviorVersion::latest()).http_client(http()).load().await;
    Client::from_conf(thrifty(Builder::from(&environment)))
}

/// A client for the server at this end point, `http://` or `https://`, which asks for no real credentials.
pub fn client_at(endpoint: &str) -> Client {
    let credentials = Credentials::new("local", "local", None, None, "fixed");
    let config = Builder::default().behavior_version(BehaviorVersion::latest()).endpoint_url(endpoint);
    let config = config.region(Region::new("local")).credentials_provider(credentials).http_client(http());
    Client::from_conf(thrifty(config))
}

fn thrifty(config: Builder) -> aws_sdk_dynamodb::Config {
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build();
    config.timeout_config(timeouts).retry_config(RetryConfig::disabled()).build()
}

/// HTTP and HTTPS, by the one TLS stack: rustls with ring.
fn http() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}
