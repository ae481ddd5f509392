using System.Globalization;
using MlOps.Core.Approvals;
using MlOps.Functions.Api;
using MlOps.Pipelines.Approvals;
using MlOps.Storage.Approvals;
using MlOps.Storage.Blobs;

namespace MlOps.Functions.Pages;

/// <summary>The page on a request, at the address that messages link to. Reading changes nothing, however often a mail scanner does.</summary>
internal sealed class ApprovalPages(ApprovalStore approvals, ApprovalDesk desk, ApprovalLinks links, FormGuard forms, IBlobStore blobs, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        // A signed link says who reads; without one the page asks for a sign-in where there is one.
        routes.MapMethods("/approvals/{id}", ["GET", "HEAD"], (string id, string? token, ApprovalPages pages, HttpContext context, CancellationToken cancellationToken) =>
            pages.ShowAsync(id, token, context, cancellationToken)).AllowAnonymous().ExcludeFromDescription();
        routes.MapPost("/approvals/{id}", (string id, ApprovalPages pages, HttpContext context, CancellationToken cancellationToken) =>
            pages.DecideAsync(id, context, cancellationToken)).AllowAnonymous().ExcludeFromDescription();
    }

    private async Task<IResult> ShowAsync(string id, string? token, HttpContext context, CancellationToken cancellationToken)
    {
        if (await approvals.TryGetAsync(id, cancellationToken) is not { } request) return Unknown(context);
        try
        {
            var reader = ReaderOf(request, token, context);
            return Page(context, 200, await ContentAsync(request, reader, token, null, context, cancellationToken));
        }
        catch (ApprovalLinkException refusal)
        {
            return Message(context, 403, "This link cannot be used", refusal.Message);
        }
        catch (ApiException refusal)
        {
            return Message(context, refusal.Status, refusal.Title, refusal.Message);
        }
    }

    private async Task<IResult> DecideAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        if (await approvals.TryGetAsync(id, cancellationToken) is not { } request) return Unknown(context);
        if (!context.Request.HasFormContentType) return Message(context, 415, "No form was sent", "Open the page and decide there.");
        var form = await context.Request.ReadFormAsync(cancellationToken);
        var token = form["token"] is [{ Length: > 0 } text] ? text : null;
        Reader reader;
        try
        {
            reader = ReaderOf(request, token, context);
        }
        catch (ApprovalLinkException refusal)
        {
            await approvals.RefuseAsync(request, "unknown", $"voted with a link: {refusal.Message}", cancellationToken);
            return Message(context, 403, "This link cannot be used", refusal.Message);
        }
        catch (ApiException refusal)
        {
            return Message(context, refusal.Status, refusal.Title, refusal.Message);
        }

        if (!forms.IsOurs(context, SubjectOf(request, reader), form["guard"]))
        {
            await approvals.RefuseAsync(request, reader.Person.Name, "voted: the form did not come from this page.", cancellationToken);
            return Message(context, 403, "The form has expired", "Open the page again, and decide there. Nothing was decided.");
        }

        return await VoteAsync(request, reader, token, form, context, cancellationToken);
    }

    private async Task<IResult> VoteAsync(ApprovalRecord request, Reader reader, string? token, IFormCollection form, HttpContext context, CancellationToken cancellationToken)
    {
        try
        {
            var share = form["maxTraffic"] is [{ Length: > 0 } text] ? ShareOf(text) : (double?)null;
            // The page offers the condition beside both buttons; it belongs to one of them.
            var conditions = share is null || form["decision"] == "reject" ? null : new ApprovalConditions { MaxTraffic = share };
            var ballot = ApprovalsApi.BallotOf(new(form["decision"], form["reason"], conditions)) with { Link = reader.Link };
            ApprovalsApi.RecordOf(await desk.VoteAsync(request.Id, reader.Person, ballot, cancellationToken), request.Id, reader.Person);
            // The browser asks for the page anew: loading it again sends nothing twice.
            return Results.Redirect(AddressOf(request, token), permanent: false, preserveMethod: false);
        }
        catch (ApiException refusal)
        {
            var current = (await approvals.TryGetAsync(request.Id, cancellationToken))!;
            var content = await ContentAsync(current, reader, token, refusal.Message, context, cancellationToken);
            return Page(context, refusal.Status, content with { Form = content.Form is { } shown ? shown with { Reason = $"{form["reason"]}" } : null });
        }
    }

    private static double ShareOf(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) ? share : throw ApiException.Invalid($"'maxTraffic' is '{text}': it must be a share such as 0.1.");

    private async Task<ApprovalPageContent> ContentAsync(
        ApprovalRecord request, Reader reader, string? token, string? notice, HttpContext context, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var attempt = ApprovalRules.Vote(request, reader.Person, approved: true, "", null, reader.Link, now);
        var form = attempt.Status is DecisionStatus.Recorded
            ? new ApprovalForm(ApprovalLinks.PathOf(request.Id), token, forms.Issue(context, SubjectOf(request, reader)))
            : null;
        return new()
        {
            Request = request,
            Dossier = await blobs.TryReadJsonAsync<ApprovalDossier>(ApprovalFiles.DossierOf(request.Id), cancellationToken),
            Reader = reader.Person.Name,
            Form = form,
            Notice = notice ?? (form is null && request.Decision is null ? WhyNot(attempt, reader.Person) : null),
            Now = now,
        };
    }

    private static string WhyNot(ApprovalChange attempt, Approver person) => attempt.Status switch
    {
        DecisionStatus.Expired => "The time for a decision is over.",
        DecisionStatus.AlreadyVoted or DecisionStatus.LinkUsed when attempt.Request.Votes.FirstOrDefault(v => v.By.Equals(person.Name, StringComparison.OrdinalIgnoreCase)) is { } vote =>
            $"You have voted {(vote.Approved ? "yes" : "no")}. More votes are needed.",
        DecisionStatus.LinkUsed => "This link was used before; it works once. Ask for a new one.",
        DecisionStatus.AlreadyVoted => "Another one of your role has voted.",
        DecisionStatus.FourEyes => $"{person.Name} {ApprovalRules.Excluded(attempt.Request, person)!.Why}; somebody else must decide.",
        _ => $"{person.Name} is not among the approvers. Approvers decide with the link that was sent to them, or with 'mlops approve'.",
    };

    /// <summary>Whoever has a signed link is its approver; others are who the API takes them for.</summary>
    private Reader ReaderOf(ApprovalRecord request, string? token, HttpContext context) => token is not null && links.Read(token, request) is var link
        ? new(new Approver(link.Approver), link.Number)
        : new(Actor.PersonOf(context), null);

    private static string SubjectOf(ApprovalRecord request, Reader reader) => $"{request.Id}\n{request.Model.Package}\n{reader.Person.Name}\n{reader.Link}";

    private static string AddressOf(ApprovalRecord request, string? token) => ApprovalLinks.PathOf(request.Id) + (token is null ? "" : $"?token={Uri.EscapeDataString(token)}");

    private static IResult Unknown(HttpContext context) => Message(context, 404, "There is no such request", "The link may have been cut: open it from the message again.");

    private static IResult Message(HttpContext context, int status, string title, string text) => Respond(context, status, PageLayout.RenderMessage(title, text));

    private static IResult Page(HttpContext context, int status, ApprovalPageContent content) => Respond(context, status, ApprovalPage.Render(content));

    private static IResult Respond(HttpContext context, int status, Html page)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = PageLayout.ContentSecurityPolicy;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        // The address holds the link's token: it goes to no other site.
        headers["Referrer-Policy"] = "same-origin";
        return Results.Content(page.Value, "text/html; charset=utf-8", statusCode: status);
    }

    private sealed record Reader(Approver Person, string? Link);
}
