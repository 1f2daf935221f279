-- Policies, cases, templates and papers, whole as they were read; replaced with the content.
create table library (
  -- policy | case | template | paper
  kind text not null,
  key text not null,
  sort bigint not null,
  body text not null,
  primary key (kind, key)
);
