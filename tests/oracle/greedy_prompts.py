# SPDX-License-Identifier: Apache-2.0
"""Prompts for hf_roundtrip.py --greedy: questions in a model's own chat template, as ids.

    pip install transformers==5.23.0
    python greedy_prompts.py DIR QUESTIONS.jsonl 16 [GREEDY.json] > PROMPTS.json

QUESTIONS.jsonl holds {"question": ...} a line (GSM8K's form), of which the first so many are taken;
GREEDY.json holds prompts that have answers, [{"prompt_ids": [...], "answer_ids": [...]}, ...].
"""

import itertools
import json
import sys

from transformers import AutoTokenizer

folder, questions, count, *answered = sys.argv[1:]
tokenizer = AutoTokenizer.from_pretrained(folder)
prompts = [{key: case[key] for key in ("prompt_ids", "answer_ids")}
           for name in answered for case in json.load(open(name))]
with open(questions, encoding="utf-8") as lines:
    for line in itertools.islice(lines, int(count)):
        chat = [{"role": "user", "content": json.loads(line)["question"]}]
        ids = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=True)
        prompts.append({"prompt_ids": list(ids["input_ids"])})
json.dump(prompts, sys.stdout)
