"""Tokenizers with added tokens as transformers saves them, and the ids that transformers gives: ../added_tokens/."""
import json
import os
import string

import tokenizers
import transformers
from transformers import AddedToken, AutoTokenizer, BertTokenizer

OUT = os.path.join(os.environ.get("GOLDEN_OUT", os.path.join(os.path.dirname(__file__), "..")), "added_tokens")
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = string.ascii_lowercase + ".+#é中"
VOCAB = {token: i for i, token in enumerate([*SPECIAL, *LETTERS, *("##" + letter for letter in string.ascii_lowercase)])}
ADDED = [
    AddedToken("C++"),  # found in normalised text, so in any case
    AddedToken("node.js"),
    AddedToken("node"),  # the longer one wins
    AddedToken("machine learning"),  # with a blank
    AddedToken("Go", single_word=True),
    AddedToken("résumé", normalized=False),
    AddedToken("[DOC]", special=True),  # as sentence-transformers' documentation adds them
    AddedToken("R&D", normalized=False, single_word=True),
    AddedToken("ML", lstrip=True, rstrip=True),
]
TEXTS = [
    "", "C++", "c++ and C++", "abc++d", "node.js", "nodejs node .js", "Node.JS, node", "Machine  Learning",
    "machine learning engineer", "machine\tlearning", "go", "Go, gopher ago go_ go中 中go go.", "GO!", "résumé", "Résumé",
    "resume", "[DOC] nurse", "[doc]", "R&D", "r&d R&D.", "xR&D R&Dx _R&D éR&D", "  ml  ", "ML ml Ml html",
    "C+ +", "c\u200b++", "c\u0301++", "中c++中", "C++C++node.jsnode", "ÇC++", "a" * 30 + " C++ " + "b c " * 40, "\tC++\n",
    "node.js" * 8, "machine learninggo", "go go", "\ud83d\ude00go\ud83d\ude00",
]


def make(name: str, **settings):
    folder = os.path.join(OUT, name)
    tokenizer = BertTokenizer(vocab=dict(VOCAB), model_max_length=40, **settings)
    tokenizer.add_tokens(ADDED)
    tokenizer.save_pretrained(folder)
    loaded = AutoTokenizer.from_pretrained(folder)
    cases = []
    for text in TEXTS:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16")
        cases.append({"text": text, "ids": loaded(text, truncation=True)["input_ids"], "max_length": 40})
        cases.append({"text": text, "ids": loaded(text, truncation=True, max_length=9)["input_ids"], "max_length": 9})
    meta = {"by": "make_added_tokens.py", "transformers": transformers.__version__, "tokenizers": tokenizers.__version__}
    with open(os.path.join(folder, "expected.json"), "w", encoding="utf-8") as file:
        json.dump({"meta": meta, "cases": cases}, file, ensure_ascii=False, indent=1)


make("uncased")
make("cased_cut_left", do_lower_case=False, truncation_side="left")
