"""What holds of every plan; a plan that breaks it is a bug of the planner, found before a writer sees it."""

from __future__ import annotations

from segdsl.planning.plan import Aggregation, Beyond, Input, Plan, Stage, StageColumn, StageRef, Table, Union, Window
from segdsl.semantics import ir
from segdsl.semantics.walk import children
from segdsl.types import BOOL

_NOT_PLANNED = (
    ir.FieldRef,
    ir.TraitColumn,
    ir.Use,
    ir.RowUse,
    ir.GroupValue,
    ir.Previous,
    ir.Aggregate,
    ir.Follow,
    ir.Past,
    ir.Overall,
    ir.Rank,
    ir.PairRank,
    ir.RankValue,
    ir.NoRow,
    ir.Between,
)


def verify(plan: Plan) -> Plan:
    """The plan itself, once it is known that

    - a stage reads tables and stages before it, and of those only columns that they have, with their types;
    - a left join covers its stage's key, so that rows never multiply;
    - names of stages and of a stage's columns differ by more than letter case;
    - scalars hold nodes of a plan alone, and conditions stand where conditions belong.
    """
    known: dict[str, Stage] = {}
    for stage in (*plan.stages, plan.final):
        _verify_stage(stage, known)
        assert stage.name.lower() not in {name.lower() for name in known}, f"two stages are called {stage.name}"
        known[stage.name] = stage
    assert plan.final.by is None
    assert [c.name for c in plan.final.columns] == [plan.key, *plan.outputs.values()]
    assert all(c.type == BOOL and not c.optional for c in plan.final.columns[1:] if c.condition)
    return plan


def _verify_stage(stage: Stage, known: dict[str, Stage]) -> None:
    inputs: dict[str, dict[str, StageColumn | None]] = {}
    _add(inputs, stage.input, known, stage)
    for join in stage.joins:
        for mine, its in join.on:
            _verify_scalar(mine, inputs, stage)
            source = join.input.source
            if isinstance(source, StageRef):
                assert its in {c.name for c in known[source.stage].columns}, f"{stage.name} joins by {its}"
        source = join.input.source
        if isinstance(source, StageRef) and join.kind == "left":
            key = known[source.stage].key
            one_row = known[source.stage].by == ()
            assert key or (one_row and not join.on), f"{source.stage} has no key and is joined by {stage.name}"
            assert set(key) <= {its for _, its in join.on}, f"{stage.name} joins {source.stage} by less than its key"
        _add(inputs, join.input, known, stage)
    for condition in stage.where:
        _verify_scalar(condition, inputs, stage)
    names = [column.name.lower() for column in stage.columns]
    assert len(set(names)) == len(names), f"{stage.name} has two columns of one name: {sorted(names)}"
    for column in stage.columns:
        if isinstance(column.value, Aggregation):
            assert stage.by is not None
            scalars = [column.value.value, column.value.filter, *column.value.order]
            for scalar in scalars:
                if scalar is not None:
                    _verify_scalar(scalar, inputs, stage)
        elif isinstance(column.value, Window):
            assert stage.by is None
            window = column.value
            for scalar in (*window.partition, *(part for part, _ in window.order), window.value, window.filter):
                if scalar is not None:
                    _verify_scalar(scalar, inputs, stage)
        elif isinstance(column.value, Beyond):
            _verify_beyond(column.value, stage, inputs, known)
        else:
            assert stage.by is None or column.name in stage.by, f"{stage.name}.{column.name} is in no group"
            _verify_scalar(column.value, inputs, stage)


def _verify_beyond(
    beyond: Beyond, stage: Stage, inputs: dict[str, dict[str, StageColumn | None]], known: dict[str, Stage]
) -> None:
    """It stands among others and plain columns of one stage, and names a row of the other stage for each moment once."""
    assert isinstance(stage.input.source, StageRef) and not stage.joins and not stage.where and stage.by is None
    beside = [column.value for column in stage.columns]
    assert all(isinstance(value, ir.Col | Beyond) for value in beside), f"{stage.name} computes beside an extreme"
    there = known[beyond.stage]
    assert set(there.key) == {*(its for _, its in beyond.on), beyond.its_time}, (
        f"{stage.name} asks {there.name} by less"
    )
    for scalar in (*(mine for mine, _ in beyond.on), beyond.time):
        _verify_scalar(scalar, inputs, stage)
    assert beyond.value in {column.name for column in there.columns}
    assert there.column(beyond.its_time).type == beyond.time.type


def _add(inputs: dict[str, dict[str, StageColumn | None]], found: Input, known: dict[str, Stage], stage: Stage) -> None:
    assert found.alias not in inputs, f"{stage.name} has two inputs called {found.alias}"
    match found.source:
        case Table(columns=columns):
            inputs[found.alias] = dict.fromkeys(column.name for column in columns)
        case StageRef(stage=name):
            inputs[found.alias] = {column.name: column for column in known[name].columns}
        case Union(stages=names):
            first = known[names[0]]
            assert all([c.name for c in known[n].columns] == [c.name for c in first.columns] for n in names)
            inputs[found.alias] = {column.name: column for column in first.columns}


def _verify_scalar(scalar: ir.Expr, inputs: dict[str, dict[str, StageColumn | None]], stage: Stage) -> None:
    stack = [scalar]
    while stack:
        node = stack.pop()
        assert not isinstance(node, _NOT_PLANNED), f"{stage.name} holds a {type(node).__name__}"
        if isinstance(node, ir.Col):
            columns = inputs.get(node.input)
            assert columns is not None, f"{stage.name} reads {node.input}.{node.name}, which is no input of it"
            assert node.name in columns, f"{stage.name} reads {node.input}.{node.name}, which is not there"
            column = columns[node.name]
            assert column is None or column.type == node.type, f"{stage.name} reads {node.name} as {node.type}"
        stack.extend(children(node))
