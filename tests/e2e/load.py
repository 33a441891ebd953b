# SPDX-License-Identifier: MIT
"""Clients that read and write all at once, and what must hold afterwards: what was answered is there, what belongs
together is there whole or not at all, no counter lost an update."""
import base64
import collections
import http.client
import random
import re
import threading
import time
import urllib.parse
import uuid

import serving

COUNTERS = [f"22222222-0000-4000-8000-00000000000{n}" for n in range(4)]
UPLOADS = "33333333-0000-4000-8000-{:012d}"
FETCH = ("<fetch count='50' returntotalrecordcount='true'><entity name='contact'><attribute name='lastname'/>"
         "<order attribute='lastname' descending='true'/><link-entity name='account' from='accountid' "
         "to='parentcustomerid' link-type='outer' alias='a'><attribute name='name'/></link-entity></entity></fetch>")
GROUPS = ("<fetch aggregate='true'><entity name='contact'><attribute name='lastname' alias='g' groupby='true'/>"
          "<attribute name='contactid' alias='n' aggregate='count'/></entity></fetch>")


def label(text):
    return {"LocalizedLabels": [{"Label": text, "LanguageCode": 1033}]}


def table(name):
    text = {"@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "SchemaName": "new_Name",
            "IsPrimaryName": True, "MaxLength": 100, "FormatName": {"Value": "Text"}, "DisplayName": label("Name"),
            "RequiredLevel": {"Value": "None"}}
    return {"@odata.type": "Microsoft.Dynamics.CRM.EntityMetadata", "SchemaName": name, "DisplayName": label(name),
            "DisplayCollectionName": label(name), "OwnershipType": "UserOwned", "HasActivities": False,
            "HasNotes": False, "Attributes": [text]}


FILE = {"@odata.type": "Microsoft.Dynamics.CRM.FileAttributeMetadata", "SchemaName": "new_Paper",
        "DisplayName": label("Paper"), "RequiredLevel": {"Value": "None"}, "MaxSizeInKB": 10000}
COUNT = {"@odata.type": "Microsoft.Dynamics.CRM.IntegerAttributeMetadata", "SchemaName": "new_Count",
         "DisplayName": label("Count"), "RequiredLevel": {"Value": "None"}, "MinValue": 0, "MaxValue": 2147483647}


class Load:
    """`clients` threads; each does by chance one thing after the other until the time is over."""

    def __init__(self, served, clients, seed=1):
        self.served, self.count, self.seed = served, clients, seed
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.odd = []                            # what nobody expected
        self.done = collections.Counter()        # by kind
        self.added = collections.Counter()       # by counter
        self.tried = collections.Counter()
        self.made = set()                        # (set, id) that were answered, and not deleted since
        self.gone = set()                        # deletions that were answered
        self.tags = set()                        # of things that are made together
        self.tables = []                         # made, and answered
        self.files = {}                          # by row: the digits of the last upload that was answered
        self.slowest = 0

    def prepare(self):
        c = self.served.client()
        c("POST", "EntityDefinitions", table("new_Load"), status=204)
        for column in (FILE, COUNT):
            c("POST", "EntityDefinitions(LogicalName='new_load')/Attributes", column, status=204)
        for key in COUNTERS:
            c("POST", "new_loads", {"new_loadid": key, "new_name": "counter", "new_count": 0}, status=204)
        for n in range(self.count):
            c("POST", "new_loads", {"new_loadid": UPLOADS.format(n), "new_name": "upload"}, status=204)

    def run(self, seconds, killed=False):
        """`killed`: when so much of the time is over, by what it calls then."""
        threads = [threading.Thread(target=self.work, args=(n,)) for n in range(self.count)]
        for t in threads:
            t.start()
        self.stop.wait(seconds)
        if killed:
            killed()
        self.stop.set()
        for t in threads:
            t.join()
        return self

    def work(self, number):
        rng = random.Random(f"{self.seed}/{number}")
        client = serving.Client(self.served.port)
        kinds = [self.count_up] * 4 + [self.create] * 3 + [self.read] * 6 + [self.batch] * 2 + [self.many, self.upload,
                                                                                               self.change]
        if number % 16 == 0:
            kinds.append(self.define)
        try:
            while not self.stop.is_set():
                what = rng.choice(kinds)
                what(client, rng, number)
                self.done[what.__name__] += 1
        except (http.client.HTTPException, ConnectionError) as e:
            if not self.stop.is_set() and self.served.process.poll() is None:
                time.sleep(0.2)  # it may be dying
                if self.served.process.poll() is None:
                    self.odd.append(repr(e))
        except Exception as e:  # told by the thread that waits for this one
            self.odd.append(repr(e))
        client.close()

    def ask(self, client, *request, expected, **more):
        began = time.monotonic()
        answer = client(*request, **more)
        self.slowest = max(self.slowest, time.monotonic() - began)
        if answer.status not in expected:
            self.odd.append((request[:2], answer.status, answer.body[:500]))
        return answer

    # ---- what clients do ----

    def count_up(self, client, rng, _):
        key = rng.choice(COUNTERS)
        row = f"new_loads({key})"
        seen = self.ask(client, "GET", f"{row}?$select=new_count", expected=[200])
        with self.lock:
            self.tried[key] += 1
        answer = self.ask(client, "PATCH", row, {"new_count": seen.json["new_count"] + 1}, expected=[204, 412],
                          headers={"If-Match": seen.json["@odata.etag"]})
        with self.lock:
            self.added[key] += answer.status == 204

    def create(self, client, rng, number):
        answer = self.ask(client, "POST", "contacts", {"lastname": f"by {number}"}, expected=[204])
        with self.lock:
            self.made.add(("contact", answer.id))

    def change(self, client, rng, number):
        """A row of one's own comes and goes."""
        key = self.ask(client, "POST", "new_loads", {"new_name": "short"}, expected=[204]).id
        with self.lock:
            self.made.add(("new_load", key))
        self.ask(client, "PATCH", f"new_loads({key})", {"new_name": "shorter"}, expected=[204])
        with self.lock:
            self.made.remove(("new_load", key))
        self.ask(client, "DELETE", f"new_loads({key})", expected=[204])
        with self.lock:
            self.gone.add(("new_load", key))

    def read(self, client, rng, _):
        target = rng.choice(["contacts?$select=lastname&$orderby=lastname&$top=20&$count=true",
                             "contacts?fetchXml=" + urllib.parse.quote(FETCH),
                             "contacts?fetchXml=" + urllib.parse.quote(GROUPS),
                             "new_loads?$filter=contains(new_name,'o') and new_count eq null&$select=new_name"
                             .replace(" ", "%20"),
                             "EntityDefinitions(LogicalName='new_load')?$select=LogicalName&$expand=Attributes"
                             "($select=LogicalName)", "WhoAmI", "EntityDefinitions?$select=LogicalName"])
        self.ask(client, "GET", target, expected=[200])

    def batch(self, client, rng, number):
        """Two rows in a change set; sometimes with a third that cannot be made."""
        tag, wrong = f"set {uuid.UUID(int=rng.getrandbits(128))}", rng.random() < 0.2
        parts = [("POST", "new_loads", f'{{"new_name":"{tag}"}}')] * 2
        if wrong:
            parts.append(("POST", "new_loads", '{"new_nothing":1}'))
        inside = "".join(f"--c\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
                         f"Content-ID: {n}\r\n\r\n{method} {serving.ROOT}{target} HTTP/1.1\r\n"
                         f"Content-Type: application/json\r\n\r\n{body}\r\n"
                         for n, (method, target, body) in enumerate(parts))
        body = f"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{inside}--c--\r\n--b--\r\n"
        answer = self.ask(client, "POST", "$batch", body, expected=[400] if wrong else [200],
                          headers={"Content-Type": "multipart/mixed; boundary=b"})
        statuses = [int(s) for s in re.findall(rb"HTTP/1.1 (\d+)", answer.body)]
        if statuses != ([400] if wrong else [204, 204]):
            self.odd.append(("$batch", statuses, answer.body[:500]))
        if not wrong:
            with self.lock:
                self.tags.add((tag, 2))

    def many(self, client, rng, number):
        tag, size = f"many {uuid.UUID(int=rng.getrandbits(128))}", rng.choice([3, 20])
        body = {"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.new_load", "new_name": tag}] * size}
        answer = self.ask(client, "POST", "new_loads/Microsoft.Dynamics.CRM.CreateMultiple", body, expected=[200])
        with self.lock:
            self.tags.add((tag, size))
            self.made.update(("new_load", key) for key in answer.json["Ids"])

    def upload(self, client, rng, number):
        """Of a row that no other client touches, in one piece or in blocks."""
        place = f"new_loads({UPLOADS.format(number)})/new_paper"
        data = f"{rng.getrandbits(64)} ".encode() * rng.choice([1, 1000, 20000])
        with self.lock:
            self.files.pop(number, None)
        if rng.random() < 0.5:
            self.ask(client, "PATCH", place, data, expected=[204],
                     headers={"Content-Type": "application/octet-stream", "x-ms-file-name": "n.txt"})
        else:
            self.in_blocks(client, number, data)
        with self.lock:
            self.files[number] = data
        answer = self.ask(client, "GET", f"{place}/$value", expected=[200])
        if answer.body != data:
            self.odd.append(("upload", len(answer.body), len(data)))

    def in_blocks(self, client, number, data):
        target = {"@odata.type": "Microsoft.Dynamics.CRM.new_load", "new_loadid": UPLOADS.format(number)}
        token = self.ask(client, "POST", "InitializeFileBlocksUpload", {
            "Target": target, "FileName": "n.txt", "FileAttributeName": "new_paper"},
            expected=[200]).json["FileContinuationToken"]
        blocks = []
        for at in range(0, len(data), 100000):
            blocks.append(base64.b64encode(f"{at:08d}".encode()).decode())
            self.ask(client, "POST", "UploadBlock", {
                "BlockId": blocks[-1], "BlockData": base64.b64encode(data[at:at + 100000]).decode(),
                "FileContinuationToken": token}, expected=[204])
        self.ask(client, "POST", "CommitFileBlocksUpload", {
            "FileName": "n.txt", "MimeType": "text/plain", "BlockList": blocks, "FileContinuationToken": token},
            expected=[200])

    def define(self, client, rng, number):
        """A table, and rows in it, while others read."""
        name = f"new_L{number}x{rng.getrandbits(40):x}"
        self.ask(client, "POST", "EntityDefinitions", table(name), expected=[204])
        with self.lock:
            self.tables.append(name.lower())
        answer = self.ask(client, "POST", name.lower() + "s", {"new_name": "first"}, expected=[204])
        with self.lock:
            self.made.add((name.lower(), answer.id))
        if rng.random() < 0.5:
            with self.lock:
                self.tables.remove(name.lower())
                self.made.remove((name.lower(), answer.id))
            self.ask(client, "DELETE", f"EntityDefinitions(LogicalName='{name.lower()}')", expected=[204])
        time.sleep(0.1)

    # ---- afterwards ----

    def check(self, client, db, killed=False):
        """With a client of the server as it is now, and the file."""
        assert self.odd == []
        for key in COUNTERS:
            value = client("GET", f"new_loads({key})?$select=new_count", status=200).json["new_count"]
            assert value == self.added[key] or killed and self.added[key] <= value <= self.tried[key]
        for name in {"contact", "new_load", *self.tables}:
            there = {row[0] for row in db.execute(f'select {name}id from "{name}"')}
            assert {key for t, key in self.made if t == name} <= there, name
            assert not {key for t, key in self.gone if t == name} & there, name
            assert client("GET", f"{name}s?$top=1").status == 200
        together = collections.Counter(row[0] for row in db.execute("select new_name from new_load"))
        assert [tag for tag, size in self.tags if together[tag] != size] == []
        assert {n for tag, n in together.items() if tag and tag.startswith("set ")} <= {2}
        assert {n for tag, n in together.items() if tag and tag.startswith("many ")} <= {3, 20}
        for number, data in self.files.items():
            assert client("GET", f"new_loads({UPLOADS.format(number)})/new_paper/$value", status=200).body == data
        told = {row[0] for row in db.execute("select name from ferry_table where name like 'new\\_%' escape '\\'")}
        made = {row[0] for row in db.execute(
            "select name from sqlite_master where type = 'table' and name like 'new\\_%' escape '\\'")}
        assert told == made
