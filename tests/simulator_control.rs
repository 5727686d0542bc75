//! The simulator as tests and trainers steer it: every address of its control interface on a real socket.

mod calls;
mod connections;
mod faults;
mod guides;
mod page;
mod received;
mod settings;
mod tls;
