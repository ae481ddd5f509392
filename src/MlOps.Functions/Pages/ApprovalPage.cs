using MlOps.Core.Approvals;
using MlOps.Core.Specification;

namespace MlOps.Functions.Pages;

/// <summary>What the page on a request shows.</summary>
internal sealed record ApprovalPageContent
{
    public required ApprovalRecord Request { get; init; }

    /// <summary>The facts; <see langword="null"/> while they are gathered.</summary>
    public ApprovalDossier? Dossier { get; init; }

    /// <summary>Who looks at it.</summary>
    public required string Reader { get; init; }

    /// <summary>The form that the reader votes with; <see langword="null"/>: the reader may not.</summary>
    public ApprovalForm? Form { get; init; }

    /// <summary>Why the reader may not vote, or what was wrong with the last attempt.</summary>
    public string? Notice { get; init; }

    public required DateTimeOffset Now { get; init; }
}

/// <summary>The hidden and the visible fields of a form.</summary>
/// <param name="Action">Where it is sent.</param>
/// <param name="Token">The signed link; <see langword="null"/>: the reader is known otherwise.</param>
/// <param name="Guard">Proves that the form came from this page.</param>
/// <param name="Reason">What was written before.</param>
internal sealed record ApprovalForm(string Action, string? Token, string Guard, string Reason = "");

/// <summary>The page on which people decide: what is asked, what is known, and the two buttons.</summary>
internal static class ApprovalPage
{
    public static Html Render(ApprovalPageContent content)
    {
        var request = content.Request;
        return PageLayout.Render(
            $"{request.Model.Name} {request.Model.Version}: {StateOf(request, content.Now).Word}",
            Html.Of($"{Header(content)}<div class=\"facts\">{(content.Dossier is { } dossier ? ApprovalFacts.Render(dossier) : Gathering())}</div>{Decide(content)}"));
    }

    private static Html Gathering() => Html.Of($"<section class=\"card\"><p class=\"soft\">The facts are being gathered. Load the page again in a moment.</p></section>");

    private static Html Header(ApprovalPageContent content)
    {
        var (request, dossier) = (content.Request, content.Dossier);
        var (word, style) = StateOf(request, content.Now);
        var replaces = dossier?.Champion is { } champion ? $"It would replace version {champion.Version}." : "Nothing is in production yet.";
        return Html.Of(
            $"""
            <header><span class="badge {style}">{word}</span>
            <h1>Version {request.Model.Version} of {request.Model.Name}</h1>
            <p class="soft">{dossier?.Description} {(dossier is null ? "" : replaces)}</p>
            {(dossier is null ? Html.Empty : ApprovalFacts.Summarize(dossier))}</header>
            """);
    }

    private static Html Decide(ApprovalPageContent content)
    {
        var request = content.Request;
        return Html.Of(
            $"""
            <aside class="card decide"><h2>{(request.Decision is null ? "Your decision" : "Decision")}</h2>
            {(content.Notice is { } notice ? Html.Of($"<p class=\"note warn\" role=\"alert\">{notice}</p>") : Html.Empty)}
            {DecisionOf(request)}{(content.Form is { } form ? FormOf(form, content.Reader) : Html.Empty)}
            <dl><dt>Run</dt><dd class="mono">{request.Id}</dd>
            {(content.Dossier is { } dossier ? Html.Of($"<dt>Started by</dt><dd>{dossier.StartedBy} ({dossier.Trigger.ToString().ToLowerInvariant()})</dd>") : Html.Empty)}
            <dt>Asked</dt><dd>{request.RequestedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC</dd>
            <dt>Until</dt><dd>{request.ExpiresAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC</dd>
            <dt>Approvers</dt><dd>{(request.ApproversNamed ? string.Join(", ", request.Approvers) : "anybody who reaches this page")}</dd>
            <dt>Needed</dt><dd>{(request.Quorum is QuorumRule.Any ? "one vote decides" : $"{request.Votes.Count(v => v.Approved)} of {request.Required} approvals")}</dd>
            {Html.Join(request.Votes.Select(v => Html.Of($"<dt>{(v.Approved ? "Yes" : "No")}</dt><dd>{v.By}{ApprovalConditions.InWords(v.Conditions)}{(v.Reason.Length is 0 ? "" : $": {v.Reason}")}</dd>")))}
            {Html.Join(request.Delegations.Select(d => Html.Of($"<dt>Handed on</dt><dd>{d.From} to {d.To}{(d.Reason.Length is 0 ? "" : $": {d.Reason}")}</dd>")))}
            {Html.Join(request.Excluded.Select(e => Html.Of($"<dt>Left out</dt><dd>{e.Name} {e.Why}</dd>")))}
            <dt>Package, SHA-256</dt><dd class="mono" title="{request.Model.Package}">{request.Model.Package[..Math.Min(16, request.Model.Package.Length)]}…</dd></dl></aside>
            """);
    }

    private static Html DecisionOf(ApprovalRecord request) => request.Decision is not { } decision ? Html.Empty : Html.Of(
        $"""
        <p class="note {(decision.Approved ? "good" : "bad")}"><b>{(decision.Withdrawn ? "Withdrawn" : decision.Approved ? "Approved" : "Rejected")}{ApprovalConditions.InWords(decision.Conditions)}</b>
        by {decision.By} on {decision.At.UtcDateTime:yyyy-MM-dd HH:mm} UTC.{(decision.Reason.Length is 0 ? "" : $" {decision.Reason}")}</p>
        """);

    private static Html FormOf(ApprovalForm form, string reader) => Html.Of(
        $"""
        <p class="small">You decide as <b>{reader}</b>.</p>
        <form method="post" action="{form.Action}">
        <input type="hidden" name="guard" value="{form.Guard}">{(form.Token is { } token ? Html.Of($"<input type=\"hidden\" name=\"token\" value=\"{token}\">") : Html.Empty)}
        <label for="reason">Reason <span class="soft">(needed to reject)</span></label><textarea id="reason" name="reason" maxlength="4000">{form.Reason}</textarea>
        <label for="traffic">If approved, release to</label>
        <select id="traffic" name="maxTraffic"><option value="">all of the traffic</option><option value="0.5">at most 50%</option><option value="0.25">at most 25%</option><option value="0.1">at most 10%</option><option value="0.05">at most 5%</option><option value="0.01">at most 1%</option></select>
        <div class="buttons"><button class="yes" name="decision" value="approve">Approve</button><button class="no" name="decision" value="reject">Reject</button></div>
        </form>
        """);

    private static (string Word, string Style) StateOf(ApprovalRecord request, DateTimeOffset now) => request.Decision switch
    {
        { Withdrawn: true } => ("withdrawn", "bad"),
        { Approved: true } => ("approved", "good"),
        { Approved: false } => ("rejected", "bad"),
        _ when request.ExpiresAt <= now => ("expired", "bad"),
        _ => ("waits for a decision", "warn"),
    };
}
