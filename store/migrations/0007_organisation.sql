-- 社区社会组织. The row of `organisation` says what it is today; what it was called, where it belonged and how it stood is
-- dated in `organisation_record`.

-- community | federation | incubator | support | partner
alter table organisation add column kind text not null default 'community';
-- 备案号 or 统一社会信用代码; none for one that a learner typed
alter table organisation add column filing_no text;
create unique index organisation_filing on organisation (filing_no);
create index organisation_name on organisation (region, name);

create table organisation_record (
  id uuid primary key,
  organisation uuid not null references organisation (id),
  from_day bigint not null,
  to_day bigint,
  name text not null,
  region text not null references region (code),
  -- filed | registered | ended
  standing text not null,
  -- codes of domain::organisation, separated by spaces; '' where nothing was said
  nature text not null,
  fields text not null,
  themes text not null,
  rural text not null,
  filed_on bigint,
  members bigint,
  -- the import that said so
  import uuid,
  recorded_at bigint not null,
  recorded_by uuid
);
create unique index organisation_record_now on organisation_record (organisation) where to_day is null;
create index organisation_record_of on organisation_record (organisation, from_day);
create index organisation_record_place on organisation_record (region, to_day);

-- 品牌: named on a day, by a document.
create table brand (
  id uuid primary key,
  organisation uuid not null references organisation (id),
  title text not null,
  named_on bigint not null,
  ended_on bigint,
  document text not null,
  recorded_at bigint not null,
  recorded_by uuid not null
);
create index brand_of on brand (organisation, named_on);

-- A file of the filing system on its way in: staged, looked at, applied, perhaps undone.
create table import (
  id uuid primary key,
  kind text not null,
  -- it changes nothing outside
  region text not null references region (code),
  file_name text not null,
  rule_version text not null,
  -- staged | applying | applied | undoing | undone | dropped
  state text not null,
  -- in the region before and not in the file
  absent bigint not null,
  created_at bigint not null,
  created_by uuid not null,
  done_at bigint,
  done_by uuid
);
create index import_region on import (region, created_at);

create table import_row (
  import uuid not null references import (id),
  line bigint not null,
  -- new | change | same | wrong
  verdict text not null,
  -- JSON: what is wrong, or what differs
  detail text not null,
  -- JSON: the record that it asks for; '' when wrong
  record text not null,
  -- the whole row as it stood, sealed, as long as it may have to be mended; who leads it, sealed
  cells text not null,
  leader text not null,
  organisation uuid,
  -- the record that stood open when the row was looked at
  before uuid,
  -- ids of what applying makes
  record_id uuid,
  person uuid,
  -- whether it is to be applied
  taken boolean not null,
  applied_at bigint,
  undone_at bigint,
  primary key (import, line)
);
create index import_row_todo on import_row (import, taken, applied_at);

-- Who belongs to an organisation; lists in the order of names.
create index home_organisation on home (organisation, to_day);
create index affiliation_organisation on affiliation (organisation);
create index organisation_sort on organisation (sort_key, id);
