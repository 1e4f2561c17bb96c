"""The handwritten digits that scikit-learn carries with it: 1,797 images of 8 x 8, values 0 to 16; needs no network.

Source: sklearn.datasets.load_digits (UCI, Optical Recognition of Handwritten Digits, its test part).
"""

from __future__ import annotations

import numpy as np

from tui_trainer.engine.dataset import Dataset, check_dataset

DIVISOR = 16.0
TEST_SHARE = 0.2


def load_digits(split_seed: int) -> Dataset:
    """All of them, raw as uint8, a fifth to test, classes in equal shares; `split_seed` (0 to 2^32 - 1) chooses which."""
    # 1.8 s of import, which the other sources must not pay.
    from sklearn.datasets import load_digits as load_embedded
    from sklearn.model_selection import train_test_split

    X, y = load_embedded(return_X_y=True)
    train_X, test_X, train_y, test_y = train_test_split(
        X.astype(np.uint8), y.astype(np.int64), test_size=TEST_SHARE, stratify=y, random_state=split_seed
    )
    return check_dataset(
        Dataset(
            name="digits",
            train_X=train_X,
            train_y=train_y,
            test_X=test_X,
            test_y=test_y,
            divisor=DIVISOR,
            class_names=tuple(str(digit) for digit in range(10)),
            image_shape=(8, 8),
        )
    )
