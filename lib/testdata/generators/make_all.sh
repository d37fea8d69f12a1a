#!/bin/sh
# Makes the golden files anew, then checks them by formulas of their own. About five minutes on one core; see ../README.md.
set -e
cd "$(dirname "$0")"
export OMP_NUM_THREADS=1 PYTHONHASHSEED=0 MPLBACKEND=Agg PYTHONDONTWRITEBYTECODE=1 TRANSFORMERS_VERBOSITY=error
for name in make_fairness make_thresholds make_ranking make_bert_lora make_losses make_minilm make_minilm_adapter make_added_tokens verify; do
  python "$name.py"
done
