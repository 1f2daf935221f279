-- Who writes a draft together with its author, and who has which card open at the moment.
create table scenario_writer (
  draft uuid not null references scenario_draft (id),
  person uuid not null references person (id),
  added_at bigint not null,
  primary key (draft, person)
);

create table scenario_presence (
  draft uuid not null references scenario_draft (id),
  node text not null,
  person uuid not null references person (id),
  -- until when it counts, unless it is said again
  until bigint not null,
  primary key (draft, node, person)
);

-- Saved by itself while somebody was typing.
alter table scenario_revision add column auto boolean not null default false;

-- For whom a scenario is meant: class | agency | city; of which organisation, where it is an agency's.
alter table scenario_draft add column circle text not null default 'city';
alter table scenario add column circle text not null default 'city';
alter table scenario add column agency uuid;
