# SPDX-License-Identifier: MIT
"""Functions and actions of the platform besides those about rows, metadata and calendars; and change tracking."""
import json
import shutil
import urllib.parse

import pytest

import serving
import support

TABLES = support.ROOT / "tests" / "tables"
CRM = "Microsoft.Dynamics.CRM."


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("messages")
    run = support.Ferry(folder)
    run("org", "create", "base.db", "--seed", "5")
    run("org", "add-table", "base.db", *sorted(TABLES.glob("*.json")))
    return folder / "base.db"


@pytest.fixture
def client(base, tmp_path):
    path = tmp_path / "org.db"
    shutil.copy(base, path)
    with serving.Served(path) as served:
        client = served.client()
        yield client


def alias(text):
    return urllib.parse.quote(text, safe="'{}:,@()")


def make(client, table_set, **values):
    return client("POST", table_set, values, status=204).id


def read(client, target):
    return client("GET", target, status=200).json


# ---- queues ----

@pytest.fixture
def queue(client):
    return make(client, "queues", name="Letters")


def add(client, queue, letter):
    target = {"activityid": letter, "@odata.type": CRM + "letter"}
    answer = client("POST", f"queues({queue})/{CRM}AddToQueue", {"Target": target}, status=200).json
    assert answer["@odata.context"].endswith(f"#{CRM}AddToQueueResponse")
    return answer["QueueItemId"]


def test_a_row_that_is_added_to_a_queue_waits_there_under_its_name(client, queue):
    letter = make(client, "letters", subject="Example")
    item = read(client, f"queueitems({add(client, queue, letter)})")
    assert (item["title"], item["_queueid_value"], item["_objectid_value"]) == ("Example", queue, letter)


def test_a_row_waits_in_one_queue_only(client, queue):
    letter = make(client, "letters", subject="Example")
    first = add(client, queue, letter)
    other = make(client, "queues", name="Other")
    assert add(client, other, letter) == first
    assert read(client, f"queueitems({first})")["_queueid_value"] == other


def test_who_picks_an_item_works_on_it_until_it_is_released_or_removed(client, queue):
    item = add(client, queue, make(client, "letters", subject="Example"))
    user = read(client, "WhoAmI")["UserId"]
    picker = {"systemuserid": user, "@odata.type": CRM + "systemuser"}
    client("POST", f"queueitems({item})/{CRM}PickFromQueue", {"SystemUser": picker, "RemoveQueueItem": False}, status=204)
    assert read(client, f"queueitems({item})")["_workerid_value"] == user
    client("POST", f"queueitems({item})/{CRM}ReleaseToQueue", {}, status=204)
    assert read(client, f"queueitems({item})")["_workerid_value"] is None
    client("POST", f"queueitems({item})/{CRM}RemoveFromQueue", {}, status=204)
    client("GET", f"queueitems({item})", status=404)


def test_a_message_is_known_only_on_rows_of_its_table(client, queue):
    account = make(client, "accounts", name="A")
    assert client("POST", f"accounts({account})/{CRM}AddToQueue", {}, status=404).code == "0x80060888"


def test_rows_that_are_not_kept_in_queues_are_refused(client, queue):
    account = make(client, "accounts", name="A")
    target = {"accountid": account, "@odata.type": CRM + "account"}
    answer = client("POST", f"queues({queue})/{CRM}AddToQueue", {"Target": target}, status=400)
    assert answer.code == "0x80040203"


# ---- ends ----

@pytest.mark.parametrize("message, state, status", [("WinOpportunity", 1, 3), ("LoseOpportunity", 2, 5)])
def test_an_opportunity_is_closed_by_an_activity_about_it(client, message, state, status):
    account = make(client, "accounts", name="A")
    row = make(client, "opportunities", name="O", **{"customerid_account@odata.bind": f"/accounts({account})"})
    close = {"subject": "The end", "opportunityid@odata.bind": f"/opportunities({row})"}
    client("POST", message, {"Status": status, "OpportunityClose": close}, status=204)
    closed = read(client, f"opportunities({row})?$select=statecode,statuscode,actualclosedate")
    assert (closed["statecode"], closed["statuscode"]) == (state, status)
    assert closed["actualclosedate"] == "2025-01-01"
    told = read(client, f"opportunitycloses?$filter=_opportunityid_value eq {row}".replace(" ", "%20"))["value"]
    assert [x["subject"] for x in told] == ["The end"]


def test_a_status_of_minus_one_is_that_of_the_state(client):
    account = make(client, "accounts", name="A")
    row = make(client, "opportunities", name="O", **{"customerid_account@odata.bind": f"/accounts({account})"})
    close = {"subject": "x", "opportunityid@odata.bind": f"/opportunities({row})"}
    client("POST", "WinOpportunity", {"Status": -1, "OpportunityClose": close}, status=204)
    assert read(client, f"opportunities({row})")["statuscode"] == 3


def test_a_close_without_its_opportunity_changes_nothing(client):
    answer = client("POST", "WinOpportunity", {"Status": 3, "OpportunityClose": {"subject": "x"}}, status=400)
    assert answer.code == "0x80040203"
    assert read(client, "opportunitycloses")["value"] == []


def test_the_time_of_a_case_is_that_of_its_completed_activities(client):
    account = make(client, "accounts", name="A")
    tasks = [{"subject": f"Task {i}", "actualdurationminutes": 30} for i in range(3)]
    case = make(client, "incidents", title="C", Incident_Tasks=tasks,
                **{"customerid_account@odata.bind": f"/accounts({account})"})
    ids = [t["activityid"] for t in read(client, f"incidents({case})/Incident_Tasks")["value"]]
    for task in ids[:2]:
        client("PATCH", f"tasks({task})", {"statecode": 1}, status=204)
    answer = read(client, f"incidents({case})/{CRM}CalculateTotalTimeIncident()")
    assert answer["TotalTime"] == 60


# ---- new rows from others ----

def test_a_new_row_starts_with_what_is_mapped_and_points_back(client):
    parent = make(client, "accounts", name="A", address1_city="Seattle", telephone1="1")
    p = {"@p1": "{'@odata.id':'accounts(%s)'}" % parent, "@p2": "'account'",
         "@p3": CRM + "TargetFieldType'ValidForCreate'"}
    query = "&".join(f"{n}={alias(v)}" for n, v in p.items())
    start = read(client, f"InitializeFrom(EntityMoniker=@p1,TargetEntityName=@p2,TargetFieldType=@p3)?{query}")
    assert start["@odata.type"] == "#" + CRM + "account"
    assert start["parentaccountid@odata.bind"].lstrip("/") == f"accounts({parent})"
    assert start["address1_city"] == "Seattle"
    assert "name" not in start and "accountid" not in start and "telephone1" not in start
    body = {n: v for n, v in start.items() if not n.startswith("@")}
    child = make(client, "accounts", name="B", **body)
    assert read(client, f"accounts({child})")["_parentaccountid_value"] == parent


def test_nothing_can_start_from_a_row_that_is_not_there(client):
    p1 = alias("{'@odata.id':'accounts(11111111-0000-4000-8000-000000000001)'}")
    target = f"InitializeFrom(EntityMoniker=@p1,TargetEntityName='contact',TargetFieldType=@p3)?@p1={p1}"
    assert client("GET", target, status=404).code == "0x80040217"


# ---- duplicates ----

RULE = "22222222-0000-4000-8000-000000000001"
DETECT = {"MSCRM.SuppressDuplicateDetection": "false"}


def publish(client, conditions, **more):
    make(client, "duplicaterules", duplicateruleid=RULE, name="R", baseentityname="account",
         matchingentityname="account", DuplicateRule_DuplicateRuleConditions=conditions, **more)
    return client("POST", f"duplicaterules({RULE})/{CRM}PublishDuplicateRule", {}, status=200).json


def same(column, code=0, **more):
    return {"baseattributename": column, "matchingattributename": column, "operatorcode": code, **more}


def test_publishing_a_rule_is_a_job_that_is_done(client):
    job = publish(client, [same("name")])
    assert job["@odata.context"].endswith("#asyncoperations/$entity")
    assert (job["statecode"], job["statuscode"]) == (3, 30)
    assert read(client, f"duplicaterules({RULE})")["statuscode"] == 2


def test_duplicates_are_refused_only_when_the_caller_wants_it(client):
    publish(client, [same("name")])
    make(client, "accounts", name="Sample Account")
    make(client, "accounts", name="Sample Account")
    answer = client("POST", "accounts", {"name": "sample account"}, headers=DETECT, status=412)
    assert answer.code == "0x80040333"
    assert len(read(client, "accounts")["value"]) == 2
    client("POST", "accounts", {"name": "Another"}, headers=DETECT, status=204)


def test_an_update_that_makes_a_duplicate_is_refused_and_undone(client):
    publish(client, [same("name")])
    make(client, "accounts", name="A")
    row = make(client, "accounts", name="B")
    client("PATCH", f"accounts({row})", {"name": "A"}, headers=DETECT, status=412)
    assert read(client, f"accounts({row})")["name"] == "B"


def test_a_rule_that_is_not_published_finds_nothing(client):
    publish(client, [same("name")])
    client("POST", "UnpublishDuplicateRule", {"DuplicateRuleId": RULE}, status=204)
    make(client, "accounts", name="A")
    client("POST", "accounts", {"name": "A"}, headers=DETECT, status=204)


@pytest.mark.parametrize("condition, first, second, alike", [
    (same("name", 1, operatorparam=3), "Contoso", "Conan", True),
    (same("name", 1, operatorparam=4), "Contoso", "Conan", False),
    (same("name", 2, operatorparam=2), "Contoso", "Espresso", True),
    (same("name", 2, operatorparam=4), "Contoso", "Espresso", False),
    (same("name", 0), "café", "CAFE", True),
])
def test_rules_compare_whole_texts_or_their_ends(client, condition, first, second, alike):
    publish(client, [condition])
    make(client, "accounts", name=first)
    client("POST", "accounts", {"name": second}, headers=DETECT, status=412 if alike else 204)


def test_blank_values_are_the_same_unless_the_rule_ignores_them(client):
    publish(client, [same("name"), same("telephone1", ignoreblankvalues=True)])
    make(client, "accounts", name="A")
    client("POST", "accounts", {"name": "A"}, headers=DETECT, status=204)
    condition = read(client, "duplicateruleconditions?$filter=baseattributename%20eq%20'telephone1'")["value"][0]
    client("PATCH", f"duplicateruleconditions({condition['duplicateruleconditionid']})",
           {"ignoreblankvalues": False}, status=204)
    client("POST", "accounts", {"name": "A"}, headers=DETECT, status=412)


def test_inactive_rows_count_unless_the_rule_excludes_them(client):
    publish(client, [same("name")], excludeinactiverecords=True)
    row = make(client, "accounts", name="A")
    client("PATCH", f"accounts({row})", {"statecode": 1}, status=204)
    client("POST", "accounts", {"name": "A"}, headers=DETECT, status=204)


def duplicates_of(client, entity):
    p = alias(json.dumps({"@odata.type": CRM + "account", **entity}).replace('"', "'"))
    target = "RetrieveDuplicates(BusinessEntity=@p1,MatchingEntityName=@p2,PagingInfo=@p3)"
    return read(client, f"{target}?@p1={p}&@p2='account'&@p3=" + alias("{'PageNumber':1,'Count':50}"))["value"]


def test_the_duplicates_of_a_row_can_be_read_whether_or_not_it_exists(client):
    publish(client, [same("name")])
    a, b = make(client, "accounts", name="A"), make(client, "accounts", name="a")
    assert [x["accountid"] for x in duplicates_of(client, {"accountid": a})] == [b]
    assert {x["accountid"] for x in duplicates_of(client, {"name": "A"})} == {a, b}
    assert duplicates_of(client, {"name": "C"}) == []
    assert len(read(client, "accounts")["value"]) == 2


def test_a_detection_job_tells_every_row_that_has_another_like_it(client):
    publish(client, [same("name")])
    a, b = make(client, "accounts", name="A"), make(client, "accounts", name="A")
    make(client, "accounts", name="B")
    job = client("POST", "BulkDetectDuplicates", {
        "Query": {"@odata.type": f"#{CRM}QueryExpression", "EntityName": "account"}, "JobName": "j",
        "SendEmailNotification": False}, status=200).json["JobId"]
    found = read(client, f"asyncoperations({job})/AsyncOperation_DuplicateBaseRecord")["value"]
    assert {x["_baserecordid_value"] for x in found} == {a, b}


def test_a_rule_with_a_column_that_is_none_finds_nothing(client):
    publish(client, [same('name" or 1=1 --')])
    make(client, "accounts", name="A")
    client("POST", "accounts", {"name": "A"}, headers=DETECT, status=204)


# ---- teams, settings, zones, metadata ----

def test_members_come_and_go(client):
    team = make(client, "teams", name="T")
    user = read(client, "WhoAmI")["UserId"]
    for key in ("ownerid", "systemuserid"):
        body = {"Members": [{"@odata.type": CRM + "systemuser", key: user}]}
        client("POST", f"teams({team})/{CRM}AddMembersTeam", body, status=204)
    assert len(read(client, f"teams({team})/teammembership_association")["value"]) == 1
    for _ in range(2):
        client("POST", f"teams({team})/{CRM}RemoveMembersTeam", body, status=204)
    assert read(client, f"teams({team})/teammembership_association")["value"] == []


def test_settings_can_be_read_all_or_one(client):
    details = read(client, "RetrieveSettingList()")["SettingDetailCollection"]
    assert all(set(d) == {"Name", "Value", "DataType"} for d in details)
    one = read(client, f"RetrieveSetting(SettingName='{details[0]['Name']}')")
    assert one["SettingDetail"] == details[0]
    client("GET", "RetrieveSetting(SettingName='none')", status=404)


@pytest.mark.parametrize("name, code", [("Pacific Standard Time", 4), ("W. Europe Standard Time", 110), ("UTC", 92)])
def test_zones_have_the_numbers_of_windows_names(client, name, code):
    target = "GetTimeZoneCodeByLocalizedName(LocalizedStandardName=@p1,LocaleId=@p2)"
    assert read(client, f"{target}?@p1='{alias(name)}'&@p2=1033")["TimeZoneCode"] == code


def test_tables_that_relationships_may_be_with(client):
    names = read(client, "GetValidReferencedEntities(ReferencingEntityName='account')")["EntityNames"]
    assert "contact" in names and "teammembership" not in names
    client("GET", "GetValidReferencedEntities(ReferencingEntityName='nothing')", status=400)


# ---- predefined queries on related rows ----

def test_a_saved_query_filters_related_rows(client):
    parent = make(client, "accounts", name="P")
    bind = {"parentaccountid@odata.bind": f"/accounts({parent})"}
    kept = make(client, "accounts", name="A", **bind)
    gone = make(client, "accounts", name="B", **bind)
    client("PATCH", f"accounts({gone})", {"statecode": 1}, status=204)
    query = make(client, "savedqueries", name="Active", returnedtypecode="account", querytype=0, fetchxml=(
        "<fetch><entity name='account'><attribute name='name'/><filter><condition attribute='statecode' operator='eq' "
        "value='0'/></filter></entity></fetch>"))
    rows = read(client, f"accounts({parent})/account_parent_account/?savedQuery={query}")["value"]
    assert [r["accountid"] for r in rows] == [kept]


# ---- change tracking ----

def follow(answer):
    return "/api/data/" + answer["@odata.deltaLink"].split("/api/data/", 1)[1]


def tracked(client, target):
    answer = client("GET", target, headers={"Prefer": "odata.track-changes"}, status=200)
    assert "odata.track-changes" in answer.headers["Preference-Applied"]
    assert answer.json["@odata.context"].endswith("/$delta")
    return answer.json


def test_a_delta_tells_what_was_written_and_deleted_since(client):
    ids = [make(client, "accounts", name=n) for n in "ABC"]
    first = tracked(client, "accounts?$select=name")
    assert len(first["value"]) == 3
    client("PATCH", f"accounts({ids[0]})", {"name": "A2"}, status=204)
    client("DELETE", f"accounts({ids[1]})", status=204)
    changes = read(client, follow(first))
    written, deleted = changes["value"]
    assert (written["accountid"], written["name"]) == (ids[0], "A2")
    assert deleted["@odata.context"].endswith("#accounts/$deletedEntity")
    assert (deleted["id"], deleted["reason"]) == (ids[1], "deleted")
    assert read(client, follow(changes))["value"] == []


def test_a_delta_can_be_counted(client):
    first = tracked(client, "accounts?$select=name")
    row = make(client, "accounts", name="A")
    client("DELETE", f"accounts({make(client, 'accounts', name='B')})", status=204)
    token = first["@odata.deltaLink"].split("$deltatoken=")[1]
    assert client("GET", f"accounts/$count?$deltatoken={token}", status=200).body == b"2"
    assert row


def test_a_row_that_comes_back_is_no_deletion(client):
    row = make(client, "accounts", name="A")
    first = tracked(client, "accounts?$select=name")
    client("DELETE", f"accounts({row})", status=204)
    make(client, "accounts", accountid=row, name="B")
    assert [x.get("name") for x in read(client, follow(first))["value"]] == ["B"]


@pytest.mark.parametrize("option", ["$filter=statecode%20eq%200", "$orderby=name", "$top=1", "$expand=primarycontactid"])
def test_options_that_choose_rows_do_not_go_with_tracking(client, option):
    answer = client("GET", f"accounts?{option}", headers={"Prefer": "odata.track-changes"}, status=400)
    assert answer.code == "0x80060888"


def test_a_token_that_is_none_is_refused(client):
    assert client("GET", "accounts?$deltatoken=abc", status=400).code == "0x80060888"
