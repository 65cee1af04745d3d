//! What concerns the store on DynamoDB.

mod costs;
pub mod faults;
mod interrupted;
mod late;
pub mod server;
mod tables;
