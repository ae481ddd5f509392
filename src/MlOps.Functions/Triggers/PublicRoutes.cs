using Microsoft.AspNetCore.Routing.Patterns;
using MlOps.DurableTask.Functions;

namespace MlOps.Functions.Triggers;

/// <summary>Marks an endpoint that programs call with a key, which the Functions host checks before it passes the request on.</summary>
internal sealed class FunctionKeyRequired;

/// <summary>
/// What requests from outside reach: a function for each first segment of the application's own routes, found by looking at them, so
/// that a route added anywhere is there in Azure too. Everything else, invocations above all, is out of reach.
/// </summary>
internal sealed class PublicRoutes : IHttpFunctions
{
    private static readonly string[] s_methods = ["get", "head", "post", "put", "patch", "delete", "options"];
    private IEndpointRouteBuilder? _routes;

    /// <summary>The application whose routes these are. Called once they are mapped, and before invocations are.</summary>
    public void Follow(IEndpointRouteBuilder routes) => _routes = routes;

    public IEnumerable<FunctionDefinition> List()
    {
        var endpoints = _routes!.DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>().Where(e => e.RoutePattern.PathSegments.Count > 0).ToList();
        var roots = endpoints.Select(e => FirstSegment(e.RoutePattern)).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal);
        return roots.Select(root => new FunctionDefinition($"Http_{root}", FunctionBindings.Http($"{root}/{{*path}}", "anonymous", s_methods)))
            .Concat(endpoints.Where(e => e.Metadata.GetMetadata<FunctionKeyRequired>() is not null).Select(e => WithKey(e.RoutePattern)).DistinctBy(f => f.Name));
    }

    private static FunctionDefinition WithKey(RoutePattern route)
    {
        var path = route.RawText!.Trim('/');
        var name = string.Join('_', route.PathSegments.SelectMany(s => s.Parts).OfType<RoutePatternLiteralPart>().Select(p => p.Content));
        return new($"Http_{name}", FunctionBindings.Http(path, "function", s_methods));
    }

    // Routes that begin with a parameter are the host's: POST /{function}.
    private static string? FirstSegment(RoutePattern route) => route.PathSegments[0] is { IsSimple: true } segment && segment.Parts[0] is RoutePatternLiteralPart literal ? literal.Content : null;
}
