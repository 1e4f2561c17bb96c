"""The embedded digits: values, split, and the arrays of the printed script."""

from __future__ import annotations

import numpy as np

from tui_trainer.engine.digits import load_digits


def test_digits_are_1797_images_of_8_by_8_with_values_0_to_16() -> None:
    digits = load_digits(0)
    assert (digits.num_train, digits.num_test, digits.num_inputs, digits.num_classes) == (1437, 360, 64, 10)
    assert digits.train_X.dtype == np.uint8 and digits.train_y.dtype == np.int64 and digits.image_shape == (8, 8)
    assert (digits.train_X.max(), digits.divisor) == (16, 16.0)


def test_digits_equal_what_the_printed_script_trains_on() -> None:
    from sklearn.datasets import load_digits as load_embedded
    from sklearn.model_selection import train_test_split

    X, y = load_embedded(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X / 16, y, test_size=0.2, stratify=y, random_state=7)
    digits = load_digits(7)
    np.testing.assert_array_equal(digits.scaled(digits.train_X), X_train.astype(np.float32))
    np.testing.assert_array_equal(digits.scaled(digits.test_X), X_test.astype(np.float32))
    np.testing.assert_array_equal(digits.train_y, y_train)
    np.testing.assert_array_equal(digits.test_y, y_test)


def test_split_seed_alone_decides_the_split() -> None:
    first = load_digits(0).fingerprint()
    assert load_digits(0).fingerprint() == first
    assert load_digits(2**32 - 1).fingerprint() != first


def test_fingerprint_of_the_digits_stays_what_old_manifests_say() -> None:
    assert load_digits(0).fingerprint() == "10d4a6b6f0121fafb485cff090188516d2db0190c5561d8fa8df1a781c05626f"
