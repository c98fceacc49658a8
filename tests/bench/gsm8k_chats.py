# SPDX-License-Identifier: Apache-2.0
"""Questions and worked answers of GSM8K (openai/grade-school-math) as chats, one a line.

    tests/bench/gsm8k_chats.py train.jsonl chats.jsonl
"""
import json
import sys

with open(sys.argv[1], encoding="utf-8") as lines, open(sys.argv[2], "w", encoding="utf-8") as out:
    for line in lines:
        item = json.loads(line)
        messages = [{"role": "user", "content": item["question"]},
                    {"role": "assistant", "content": item["answer"]}]
        out.write(json.dumps({"messages": messages}) + "\n")
