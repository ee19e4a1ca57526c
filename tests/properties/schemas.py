"""Random schemas, in the shape of the project file: a handful of shapes, every feature of a schema, odd names.

In: a `random.Random`. Out: a dict that `segdsl.schema_build.schema_from_dict` accepts. Expressions inside a schema are
random texts of the language (`properties.texts`), written once the plain fields are known.
"""

from __future__ import annotations

from random import Random
from typing import Any, TypeAlias

from properties.texts import Texts

from segdsl.schema_build import schema_from_dict

Plain: TypeAlias = dict[str, Any]

ZONES = (*["UTC"] * 5, "Europe/Athens", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo")
ODD_NAMES = ("order", "a b", 'x"y', "^c.*$", "select", "Größe", "*", "x'y", "a.b", "[k]", "Time", "%s", "{x}")
TYPES = {
    "int": "int",
    "money": "decimal(12,2)",
    "rate": "decimal(6,4)",
    "real": "float",
    "text": "string",
    "label": "string",
    "size": "string",
    "day": "date",
    "moment": "timestamp",
    "flag": "bool",
    "labels": "list(string)",
    "place": "float",
}
NAMES = {
    "int": ("n", "quantity", "points"),
    "money": ("total", "price", "spent"),
    "rate": ("rate", "share"),
    "real": ("weight", "score"),
    "text": ("name", "note", "channel"),
    "label": ("kind", "status"),
    "size": ("size", "tier"),
    "day": ("day_", "born"),
    "moment": ("seen", "changed"),
    "flag": ("flag", "active"),
    "labels": ("tags", "likes"),
}


class Schemas:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.odd = list(ODD_NAMES)
        random.shuffle(self.odd)
        self.key_type = random.choice(("int", "string"))

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    # -- fields -----------------------------------------------------------------------------------------------------

    def fields(self, at_least: int = 2, *, of_rows: bool = False) -> Plain:
        """Some fields of various types. A name may also stand in another owner: the nearest one is meant then."""
        fields: Plain = {}
        for sort in self.random.sample(sorted(TYPES), self.random.randint(at_least, 7)):
            if sort == "place":
                kind = self.random.choice(("float?", "decimal(9,6)?", "decimal(5,2)?", "float"))
                fields.update({"lat": {"type": kind}, "lon": {"type": kind}})
            else:
                fields[self.random.choice(NAMES[sort])] = self.field(sort)
        for field in fields.values():
            if of_rows and self.chance(10):
                field["changes"] = True
            elif not of_rows and self.chance(55):
                field["fixed"] = True
        return fields

    def field(self, sort: str) -> Plain:
        optional = self.chance(80)
        field: Plain = {"type": TYPES[sort] + ("?" if optional else "")}
        if sort == "label":
            values = ("web", "app", "é", "a b")
            coded = {name: str(number) for number, name in enumerate(values)}
            field["values"] = coded if self.chance(50) else list(values)
        if sort == "size":
            field.update(values=["S", "M", "L", "XL"], ordered=True)
            if self.chance(30):
                field["values"] = {"S": "s", "M": "m", "L": "9", "XL": "M"}
        if optional and sort in ("text", "size") and self.chance(40):
            field["missing"] = self.random.choice((["", "n/a"], ["n/a"], ["9", ""]))
        if optional and sort in ("int", "money", "real") and self.chance(25):
            field["missing"] = self.random.choice(([-1], [0, "-1"], ["1"]))
        if self.odd and self.chance(12):
            field["column"] = self.odd.pop()
        return field

    def time(self, names: tuple[str, ...] = ("at", "happened")) -> tuple[str, Plain]:
        kind = "date" if self.chance(30) else "timestamp"
        return self.random.choice(names), {"type": kind + ("?" if self.chance(70) else "")}

    # -- owners -----------------------------------------------------------------------------------------------------

    def table(self, name: str) -> str:
        """A point in a table's name parts it from its schema's."""
        whole = [odd for odd in self.odd if "." not in odd]
        if not whole or not self.chance(12):
            return name
        self.odd.remove(whole[-1])
        return whole[-1]

    def schema(self) -> Plain:
        entity = self.entity()
        relations: dict[str, Plain] = {}
        lookups: dict[str, Plain] = {}
        relations["order"] = self.child("orders", None, entity["key"])
        if self.chance(70):
            relations["item"], several = self.below("items", "order", [relations["order"]])
            if self.chance(30):
                above = [relations["item"], relations["order"]]
                relations["part"], _ = self.below("parts", "item", above, several)
        if self.chance(70) or "distinct" in entity:
            relations["visit"] = self.child("visits", None, entity["key"])
        if self.chance(40):
            relations["offer"] = self.child("offers", None, entity["key"])
            relations["offer"]["fields"]["ends"] = {"type": self.random.choice(("date?", "timestamp?"))}
        if self.chance(50):
            self.like(relations["order"], *relations.values())
        if "distinct" in entity:
            over = [relations["order"], relations["visit"]] if self.chance(50) else [relations["order"]]
            entity["distinct"] = [relation["table"] for relation in over]
        self.lookups(lookups, relations, entity)
        schema: Plain = {
            "timezone": self.random.choice(ZONES),
            "entity": entity,
            "relations": relations,
            "lookups": lookups,
        }
        if "distinct" not in entity and self.chance(25):
            schema["traits"] = {
                "held": {
                    "type": self.random.choice(("int", "decimal(12,2)", "float?", "bool?", "int?")),
                    "column": "held c",
                }
            }
        return self.with_expressions(schema)

    def entity(self) -> Plain:
        name = self.random.choice(("customer", "client"))
        if self.chance(20):
            return {"name": name, "key": "cid", "distinct": [], "fields": {"cid": self.key_type}}
        fields = {"cid": {"type": self.key_type}, **self.fields(3)}
        entity: Plain = {"name": name, "table": self.table("people"), "key": "cid", "fields": fields}
        if self.chance(70):
            entity["created"] = "created"
            fields["created"] = {"type": self.random.choice(("timestamp?", "date?", "timestamp"))}
        return entity

    def child(self, table: str, parent: str | None, key: str) -> Plain:
        link = self.random.choice((key, "who"))
        fields: Plain = {link: {"type": self.key_type + "?"}, **self.fields(of_rows=True)}
        relation: Plain = {"table": self.table(table), "on": {link: key}, "fields": fields}
        if parent is not None:
            relation["parent"] = parent
        self.key(relation)
        if self.chance(88):
            relation["time"], time = self.time()
            fields[relation["time"]] = time
        return relation

    def like(self, one: Plain, *others: Plain) -> None:
        """Times of one kind, so that rows of one relation may follow rows of another."""
        if "time" in one:
            kind = one["fields"][one["time"]]["type"].rstrip("?")
            for other in others:
                if "time" in other and other is not one:
                    other["fields"][other["time"]] = {"type": kind + "?"}

    def key(self, relation: Plain) -> None:
        if self.chance(85):
            relation["key"] = "id"
            relation["fields"]["id"] = {"type": self.random.choice(("int", "string"))}
            if self.chance(20):
                relation["key"] = ["line", "id"]
                relation["fields"]["line"] = {"type": "int"}

    def below(self, table: str, parent: str, above: list[Plain], several: bool = False) -> tuple[Plain, bool]:
        """Rows of rows: joined by the parent's key, or by a field that several parents may share. Are they, or those above
        (``several``)? Then they have a key, and where their own join is such a one, a time, if a row above has one."""
        over = above[0]
        key = over.get("key")
        shared = [name for name, field in over["fields"].items() if field["type"] in ("string?", "int?")]
        if key == "id" and (not shared or self.chance(80)):
            target = "id"
        elif shared:
            target = self.random.choice(shared)
        else:
            over["fields"]["ref"] = {"type": "int?"}
            target = "ref"
        kind = over["fields"][target]["type"].rstrip("?")
        link = f"{parent}_{target}"
        fields: Plain = {link: {"type": kind + "?"}, **self.fields(of_rows=True)}
        relation: Plain = {"table": self.table(table), "parent": parent, "on": {link: target}, "fields": fields}
        if "values" in over["fields"][target]:
            relation["fields"][link]["values"] = over["fields"][target]["values"]
        self.key(relation)
        shares = target != "id"
        several = several or shares
        # Most of those that share a row have a key as well.
        for owner in (*((over,) if shares and self.chance(80) else ()), *((relation,) if several else ())):
            if "key" not in owner:
                owner["key"] = "id"
                owner["fields"]["id"] = {"type": "int"}
        if (shares and any("time" in each for each in above)) or self.chance(20):
            relation["time"], time = self.time(("done",))
            fields["done"] = time
        return relation, several

    def lookups(self, lookups: dict[str, Plain], relations: dict[str, Plain], entity: Plain) -> None:
        wanted = []
        if self.chance(60):
            wanted.append(("product", self.random.choice(list(relations)), "code"))
            if self.chance(50):
                wanted.append(("brand", "product", "maker"))
        if self.chance(35) and "distinct" not in entity:
            wanted.append(("region", entity["name"], "area"))
        for name, of, link in wanted:
            owner = {entity["name"]: entity, **relations, **lookups}[of]
            kind = self.random.choice(("string", "int"))
            owner["fields"][link] = {"type": kind + "?"}
            if owner not in relations.values() and self.chance(70):
                owner["fields"][link]["fixed"] = True
            pairs = {link: link}
            if self.chance(15):
                owner["fields"][link + "_2"] = {"type": "int?"}
                pairs[link + "_2"] = "second"
            keys: Plain = {
                target: {"type": owner["fields"][source]["type"].rstrip("?")} for source, target in pairs.items()
            }
            lookups[name] = {
                "of": of,
                "table": self.table(name + "s"),
                "on": pairs,
                "fields": {**keys, **self.fields()},
            }

    # -- expressions ------------------------------------------------------------------------------------------------

    def with_expressions(self, schema: Plain) -> Plain:
        """Conditions, computed fields, parts and groups of relations."""
        for name in list(schema["relations"]):
            relation = schema["relations"][name]
            if self.chance(40):
                computed = Texts(schema_from_dict(schema), self.random, in_schema=True).computed(name)
                if computed is not None:
                    relation["fields"]["worth"] = computed
            if self.chance(35):
                relation["where"] = Texts(schema_from_dict(schema), self.random, in_schema=True).row_condition(name)
        entity = schema["entity"]
        if "distinct" not in entity and self.chance(15):
            entity["where"] = Texts(schema_from_dict(schema), self.random, in_schema=True).row_condition(entity["name"])
        if self.chance(35):
            base = self.random.choice(list(schema["relations"]))
            where = Texts(schema_from_dict(schema), self.random, in_schema=True).row_condition(base)
            schema["relations"]["some"] = {"from": base, "where": where}
        if self.chance(45):
            base = self.random.choice(list(schema["relations"]))
            schema["relations"]["group"] = self.group(schema, base)
            if self.chance(15):
                schema["relations"]["supergroup"] = self.group(schema, "group")
        return schema

    def group(self, schema: Plain, base: str) -> Plain:
        built = schema_from_dict(schema)
        relation = built.relations[base]
        texts = Texts(built, self.random, in_schema=True)
        fields: Plain = {}
        by: Any
        plain = [f.name for f in relation.fields.values() if texts.can_group(f)]
        if self.chance(50) and plain:
            by = self.random.sample(plain, min(len(plain), self.random.choice((1, 1, 2))))
        else:
            found = texts.by_expression(base)
            if found is None:
                by = plain[:1]
            else:
                kind, text = found
                by = {"part": text}
                fields["part"] = {"type": kind}
        if not by:
            by = [next(iter(relation.fields))]
        group: Plain = {"groups": base, "by": by, "fields": fields}
        if relation.time is not None:
            kind = str(relation.fields[relation.time].type)
            function = self.random.choice(("min", "max"))
            fields["when"] = {"type": kind, "is": f"{function}({base}.{relation.time})"}
            group["time"] = "when"
        fields["rows"] = {"type": "int", "is": f"count({base})"}
        for name, field in texts.group_values(base).items():
            fields[name] = field
        return group
