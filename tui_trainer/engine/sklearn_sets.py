"""Tables that scikit-learn carries with it; no network is needed."""

from __future__ import annotations

import numpy as np

from tui_trainer.engine.table import Column, Table


def load_sklearn_table(name: str) -> Table:
    """The embedded table `name`, one of iris, wine, breast_cancer, diabetes and digits, in scikit-learn's units."""
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    X = np.asarray(bunch.data, dtype=np.float64)
    names = [str(name) for name in bunch.feature_names]
    columns = [Column(column, X[:, index].copy()) for index, column in enumerate(names)]
    target = Column("target", np.asarray(bunch.target, dtype=np.float64))
    class_names = tuple(str(name) for name in bunch.target_names) if "target_names" in bunch else None
    return Table(
        f"sklearn:{name}",
        (*columns, target),
        target="target",
        target_names=class_names,
        has_number_target=name == "diabetes",
        is_frame=False,
    )
