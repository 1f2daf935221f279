-- 应训: who is to be trained in a year, frozen on a day by somebody, with the document that says so. Who is added or taken off
-- later is an entry with a reason; the frozen rows stay as they were.
create table due_list (
  id uuid primary key,
  region text not null references region (code),
  year bigint not null,
  -- leaders | core: with backbone members
  audience text not null,
  document text not null,
  day bigint not null,
  frozen_at bigint not null,
  frozen_by uuid not null,
  -- people on it when it was frozen; none while it is being written
  size bigint
);
create unique index due_list_once on due_list (region, year);

create table due_person (
  list uuid not null references due_list (id),
  person uuid not null references person (id),
  -- where they lived on that day
  region text not null,
  primary key (list, person)
);

create table due_entry (
  id uuid primary key,
  list uuid not null references due_list (id),
  person uuid not null references person (id),
  region text not null,
  -- true: 增补, false: 核减
  added boolean not null,
  reason text not null,
  day bigint not null,
  recorded_at bigint not null,
  recorded_by uuid not null
);
create index due_entry_of on due_entry (list, recorded_at);
