// SPDX-License-Identifier: Apache-2.0
#include "report/style.h"

namespace seben::report {

// Series colours: Okabe and Ito's, which colour-blind readers can tell apart, darkened or lightened to the background;
// dashes tell them apart on paper.
std::string_view style_sheet() noexcept {
  return R"css(
:root{color-scheme:light dark;--bg:#fff;--ink:#1b1f24;--ink2:#5a636e;--grid:#e3e7eb;--axis:#8a939d;--soft:#f4f6f8;
--s0:#0072b2;--s1:#c2540a;--s2:#00805c;--s3:#b0518a;--s4:#8f6d00;--s5:#3f3f9f;--base:#a9b2bb;--heat:#0b4f8a;--heatink:#fff;
--add:#d3f2dd;--del:#fbdcdc;--warn:#b45309;--note:#0072b2;--good:#0b6b3a;--bad:#b3261e;--unclear:#8a5300}
@media screen and (prefers-color-scheme:dark){:root{--bg:#14181d;--ink:#e6eaef;--ink2:#a0abb7;--grid:#2b323a;--axis:#6b7682;
--soft:#1c2229;--s0:#56b4e9;--s1:#ff9e57;--s2:#35c89a;--s3:#e690c4;--s4:#e3c34a;--s5:#a5a5ff;--base:#65707c;--heat:#8ecbff;
--heatink:#06121d;--add:#164a2b;--del:#5a2323;--warn:#f5a64c;--note:#56b4e9;--good:#5fd396;--bad:#ff8a80;--unclear:#f5c069}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem 1rem 4rem;max-width:84rem;background:var(--bg);color:var(--ink);
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:break-word}
h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0 1rem}
h2{font-size:1.25rem;margin:2.2rem 0 .6rem;padding-bottom:.2rem;border-bottom:1px solid var(--grid)}
h3{font-size:1.05rem;margin:1.6rem 0 .4rem}
p,ul{margin:.6rem 0;max-width:44rem}
ul{padding-left:1.4rem}
[lang=nqo]{font-family:"Noto Sans NKo","Noto Sans N'Ko",Kigelia,Ebrima,Conakry,sans-serif;line-height:1.8}
bdi[lang=nqo]{unicode-bidi:isolate;font-size:1.1em;line-height:1}
.note,.warning{padding:.5rem .8rem;border-left:4px solid var(--note);background:var(--soft)}
.warning{border-color:var(--warn)}
.good{color:var(--good)}.bad{color:var(--bad)}.unclear{color:var(--unclear)}
.mark{font-weight:700}
.verdict{padding:.6rem .9rem;max-width:none;border:1px solid currentColor;border-left-width:6px;border-radius:4px;
background:var(--soft);font-size:1.1rem;font-weight:600}
.verdict .mark{font-size:1.3rem;line-height:1;margin-right:.3rem}
.scroll{overflow-x:auto}
.table{overflow:visible;margin:1rem 0}.table figcaption{margin:0 0 .3rem}
table{border-collapse:collapse;font-size:.92rem;min-width:18rem}
th,td{padding:.3rem .7rem .3rem 0;border-bottom:1px solid var(--grid);text-align:left;vertical-align:baseline}
th{color:var(--ink2);font-weight:600}
.scroll th:first-child,.scroll td:first-child{position:sticky;left:0;background:var(--bg)}
.num{text-align:right;font-variant-numeric:tabular-nums;padding-left:.4rem}
td.num{white-space:nowrap}
.nko{text-align:right;white-space:pre-wrap;padding-left:.7rem}
td.nko{font-size:1.1rem}
del,ins{border-radius:2px}
del{background:var(--del)}
ins{background:var(--add)}
figure{margin:1.4rem 0;overflow-x:auto}
figure.plot{display:inline-block;vertical-align:top;width:min(100%,36rem);margin-right:1.5rem}
figure.plot.wide{display:block;width:auto;margin-right:0}
figcaption{color:var(--ink2);font-size:.92rem;max-width:44rem;margin-top:.3rem}
details{margin:1rem 0;padding:.1rem .8rem;border:1px solid var(--grid);border-radius:6px}
summary{cursor:pointer;padding:.4rem 0;font-weight:600}
svg{display:block;width:100%;max-width:36rem;height:auto;font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
.s0{--c:var(--s0)}.s1{--c:var(--s1);stroke-dasharray:7 3}.s2{--c:var(--s2);stroke-dasharray:2 3}
.s3{--c:var(--s3);stroke-dasharray:9 3 2 3}.s4{--c:var(--s4);stroke-dasharray:4 4}.s5{--c:var(--s5);stroke-dasharray:12 4}
.base{--c:var(--base)}
.f{fill:var(--c);stroke:none}
.ring{stroke:var(--bg);stroke-width:1.5}
.l{stroke:var(--c);stroke-width:2;fill:none;stroke-linejoin:round}
.w{stroke:var(--ink);stroke-width:1.4}
.g{stroke:var(--grid)}
.a{stroke:var(--axis)}
.m{stroke:var(--ink2);stroke-dasharray:3 3}
.frame{fill:none;stroke:var(--grid)}
.t{fill:var(--ink)}.t2{fill:var(--ink2)}.b{font-weight:600}.n{font-variant-numeric:tabular-nums}
.halo{paint-order:stroke;stroke:var(--bg);stroke-width:3px}
.h{fill:var(--heat);stroke:var(--bg)}.hi{fill:var(--heatink)}.hm{fill:#0b1117}.he{fill:none;stroke:var(--grid)}.hd{fill:var(--axis)}
@media print{body{max-width:none;font-size:10pt;padding:0}figure,tr,.note,.warning{break-inside:avoid}
h2,h3{break-after:avoid}figure,.scroll{overflow:visible}svg{max-width:12cm}
details::details-content{content-visibility:visible;display:block}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
)css";
}

}  // namespace seben::report
