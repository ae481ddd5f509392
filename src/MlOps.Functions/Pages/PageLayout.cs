namespace MlOps.Functions.Pages;

/// <summary>The frame of a page that needs nothing else: no script, no font, no picture, no network.</summary>
internal static class PageLayout
{
    /// <summary>What a browser may do with a page: show it and send its form back here.</summary>
    public const string ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private const string Style =
        """
        :root{color-scheme:light dark;--ink:#17202b;--soft:#5c6878;--line:#dfe4ea;--back:#f3f5f8;--card:#fff;--accent:#1f5fd0;--good:#13713a;--good-back:#e3f4e8;--bad:#b3261e;--bad-back:#fbe9e7;--warn:#8a5300;--warn-back:#fdf1dc}
        @media(prefers-color-scheme:dark){:root{--ink:#e7ecf2;--soft:#9aa7b5;--line:#2c3642;--back:#0e131a;--card:#171e27;--accent:#7aa8ff;--good:#6fd08f;--good-back:#12301d;--bad:#ff8f85;--bad-back:#3a1815;--warn:#f0b45e;--warn-back:#352609}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;-webkit-text-size-adjust:100%}
        main{max-width:74rem;margin:0 auto;padding:1.25rem 1rem 3rem;display:grid;gap:1rem}
        h1{font-size:1.6rem;line-height:1.2;margin:.15rem 0 .4rem;overflow-wrap:anywhere}
        h2{font-size:1.05rem;margin:0 0 .6rem}
        p{margin:.35rem 0}.soft{color:var(--soft)}.small{font-size:.875rem}
        .card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1rem 1.1rem;min-width:0}
        .badge{display:inline-block;border-radius:99px;padding:.1rem .65rem;font-size:.8rem;font-weight:600;background:var(--back);color:var(--soft)}
        .good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
        .badge.good,.note.good{background:var(--good-back);color:var(--good)}.badge.bad,.note.bad{background:var(--bad-back);color:var(--bad)}.badge.warn,.note.warn{background:var(--warn-back);color:var(--warn)}
        .note{border-radius:8px;padding:.6rem .8rem;margin:.5rem 0;overflow-wrap:anywhere}
        .facts{display:grid;gap:1rem;min-width:0}.badges{display:flex;flex-wrap:wrap;gap:.4rem;margin-top:.6rem}.badges .badge{border:1px solid var(--line)}
        h3{font-size:1rem;margin:1.1rem 0 .4rem}
        dl{display:grid;grid-template-columns:auto 1fr;gap:.2rem 1rem;margin:.5rem 0 0;font-size:.9rem}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}
        th{color:var(--soft);font-weight:600;font-size:.8rem}td,th{padding:.35rem .6rem .35rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
        tr:last-child td{border-bottom:0}.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}th.number{padding-left:.6rem}
        code,pre,.mono{font:.82rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}pre{margin:.5rem 0 0;overflow-x:auto;white-space:pre}
        .diff{border:1px solid var(--line);border-radius:8px;overflow-x:auto}.diff div{padding:0 .7rem;white-space:pre;min-width:max-content}
        .diff .added{background:var(--good-back);color:var(--good)}.diff .removed{background:var(--bad-back);color:var(--bad)}.diff .omitted{color:var(--soft);border-block:1px dashed var(--line)}
        details{border-top:1px solid var(--line);padding:.55rem 0}details:first-of-type{border-top:0}summary{cursor:pointer;font-weight:600}
        label{display:block;font-weight:600;font-size:.9rem;margin:.7rem 0 .25rem}
        textarea,select{width:100%;font:inherit;color:inherit;background:var(--back);border:1px solid var(--line);border-radius:8px;padding:.55rem .65rem}textarea{min-height:5.5rem;resize:vertical}
        .buttons{display:grid;grid-template-columns:1fr 1fr;gap:.6rem;margin-top:.9rem}
        button{font:inherit;font-weight:600;border-radius:8px;border:1px solid transparent;padding:.7rem .5rem;min-height:44px;cursor:pointer}
        button.yes{background:#13713a;color:#fff}button.no{background:transparent;color:var(--bad);border-color:currentColor}
        button:focus-visible,textarea:focus-visible,select:focus-visible,summary:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
        @media(min-width:60rem){main{grid-template-columns:minmax(0,1fr) 22rem;align-items:start}header{grid-column:1/-1}.decide{position:sticky;top:1rem}}
        @media(max-width:59.99rem){.decide{order:-1}header{order:-2}}
        """;

    /// <summary>A whole page.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="main">What stands in it.</param>
    public static Html Render(string title, Html main) => Html.Of(
        $"""
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
        <title>{title}</title><style>{new Html(Style)}</style></head><body><main>{main}</main></body></html>

        """);

    /// <summary>A page that says one thing.</summary>
    public static Html RenderMessage(string title, string text) => Render(title, Html.Of(
        $"<header class=\"card\" role=\"alert\"><h1>{title}</h1><p>{text}</p></header>"));
}
