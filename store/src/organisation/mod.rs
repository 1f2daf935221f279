//! 社区社会组织: who belongs to them.

mod member;
