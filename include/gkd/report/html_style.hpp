// SPDX-License-Identifier: Apache-2.0
// The style sheet of an HTML report: light or dark as the reader's system asks, for a phone, a wide
// window and paper. The surfaces are those of the plots.
#pragma once

#include <gkd/core/config.hpp>

#include <string_view>  // string_view

namespace gkd::inline v0::detail {

inline std::string_view report_style() {
  return R"(<style>
:root{color-scheme:light dark;--page:#f6f7f9;--card:#ffffff;--ink:#1b2028;--soft:#59626e;
--rule:#dfe3e8;--line:#b9c0c9;--faint:#f0f2f5;--accent:#1f6fcb;--good:#046a56;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--page:#0e1014;--card:#15181d;--ink:#e8ebef;
--soft:#a0a9b5;--rule:#2a2f37;--line:#4a525e;--faint:#1b1f26;--accent:#7fb2ff;--good:#3fd3a8;
--bad:#ff8f85}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1120px;margin:0 auto;padding:40px 24px 24px}
h1{font-size:30px;line-height:1.2;letter-spacing:-.01em;margin:0 0 6px;text-wrap:balance}
h2{font-size:20px;line-height:1.3;margin:44px 0 12px}
p{margin:0 0 12px;max-width:76ch;text-wrap:pretty}
.subtitle{color:var(--soft);font-size:17px;margin-bottom:24px}
nav{display:flex;flex-wrap:wrap;gap:4px 20px;margin:0 0 24px;font-size:14px}
a{color:var(--accent)}
nav a{text-decoration:none}
nav a:hover{text-decoration:underline}
figure{margin:16px 0}
figcaption,caption{color:var(--soft);font-size:14px;line-height:1.45;text-align:left}
figcaption{margin-top:8px;max-width:90ch}
.card{background:var(--card);border:1px solid var(--rule);border-radius:10px}
.key{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:14px;margin:20px 0}
.key>div{padding:14px 18px}
.key b{display:block;font-size:28px;line-height:1.25;font-weight:650;letter-spacing:-.01em;
font-variant-numeric:tabular-nums}
.key span{display:block;font-size:14px}
.key small{display:block;font-size:13px;color:var(--soft);margin-top:2px}
.scroll{overflow-x:auto;padding:10px 18px 12px}
.gkd-table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
.gkd-table th,.gkd-table td{padding:6px 8px;white-space:nowrap;vertical-align:bottom}
.gkd-table th{font-weight:600;text-align:left}
.gkd-table .num,.gkd-table th.num{text-align:right}
.gkd-table th.num[colspan]{text-align:center}
.gkd-table thead tr:last-child th,.gkd-table thead th[rowspan]{border-bottom:2px solid var(--rule)}
.gkd-table th.group{text-align:center;color:var(--soft);font-weight:500;padding-bottom:3px;
background:linear-gradient(var(--rule),var(--rule)) bottom/calc(100% - 16px) 1px no-repeat}
.gkd-table tbody tr+tr td{border-top:1px solid var(--faint)}
.gkd-table tbody tr.ruled td{border-bottom:1px solid var(--line)}
.gkd-table tbody tr:hover td{background:var(--faint)}
.gkd-table td.pm{color:var(--soft);padding-left:0;text-align:left}
.gkd-table td.num:has(+td.pm){padding-right:5px}
.gkd-table .strong{font-weight:700}
.gkd-table .good{color:var(--good);font-weight:600}
.gkd-table .bad{color:var(--bad);font-weight:600}
.gkd-table .muted{color:var(--soft)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr));gap:16px;
margin:16px 0}
.figures figure{margin:0}
.figures .card{padding:10px 12px 6px;overflow-x:auto}
.figures svg{display:block;width:100%;min-width:440px;height:auto}
.sample{margin:12px 0;overflow:hidden}
.sample>.prompt{padding:9px 16px;background:var(--faint);border-bottom:1px solid var(--rule)}
.sample pre{margin:0;font:13.5px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",
monospace;white-space:pre-wrap;overflow-wrap:anywhere;max-height:18em;overflow-y:auto}
.answer{display:grid;grid-template-columns:minmax(90px,190px) 1.1em 1fr auto;gap:4px 12px;
padding:7px 16px;align-items:baseline}
.answer+.answer{border-top:1px solid var(--faint)}
.answer .who{font-size:14px;color:var(--soft);overflow-wrap:anywhere}
.answer .mark{font-weight:700}
.answer .note{font-size:13px;color:var(--soft)}
.good>.mark{color:var(--good)}
.bad>.mark,.bad>.note{color:var(--bad)}
.answer.strong pre{font-weight:600}
.answer.muted pre{color:var(--soft)}
dl.settings{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,400px),1fr));
gap:0 32px;margin:16px 0;padding:10px 18px;font-size:14px}
dl.settings div{display:flex;justify-content:space-between;gap:16px;padding:5px 0;
border-bottom:1px solid var(--faint)}
dl.settings dt{color:var(--soft)}
dl.settings dd{margin:0;text-align:right;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
details{margin:16px 0;padding:0 18px}
summary{cursor:pointer;padding:12px 0;font-weight:600}
details[open]>summary{border-bottom:1px solid var(--rule);margin-bottom:12px}
footer{margin-top:48px;padding-top:14px;border-top:1px solid var(--rule);color:var(--soft);
font-size:13px}
code{font:.93em ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;
overflow-wrap:anywhere}
@media (max-width:640px){main{padding:24px 14px}.answer{grid-template-columns:1.1em 1fr auto}
.answer .who{grid-column:2;grid-row:1}.answer .mark{grid-column:1;grid-row:1}
.answer .note{grid-column:3;grid-row:1}.answer pre{grid-column:1/-1;grid-row:2}}
@media print{body{background:none;font-size:11pt}nav{display:none}.card{break-inside:avoid}
.sample pre{max-height:none}}
</style>
)";
}

}  // namespace gkd::inline v0::detail
