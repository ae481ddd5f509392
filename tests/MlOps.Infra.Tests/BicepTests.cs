using System.Text.Json;
using MlOps.Infra.Tests.Bicep;

namespace MlOps.Infra.Tests;

public sealed class BicepTests
{
    private static readonly BicepProject s_project = BicepProject.Read(RepositoryFiles.Infra);

    /// <summary>API versions that the resource providers publish; a version that is not here was not looked up.</summary>
    private static readonly Dictionary<string, string> s_versions = new(StringComparer.Ordinal)
    {
        ["Microsoft.App/containerApps"] = "2024-03-01",
        ["Microsoft.App/containerApps/authConfigs"] = "2024-03-01",
        ["Microsoft.App/managedEnvironments"] = "2024-03-01",
        ["Microsoft.Authorization/roleAssignments"] = "2022-04-01",
        ["Microsoft.ContainerRegistry/registries"] = "2023-07-01",
        ["Microsoft.DurableTask/schedulers"] = "2025-11-01",
        ["Microsoft.EventGrid/systemTopics"] = "2022-06-15",
        ["Microsoft.EventGrid/systemTopics/eventSubscriptions"] = "2022-06-15",
        ["Microsoft.Insights/components"] = "2020-02-02",
        ["Microsoft.Insights/diagnosticSettings"] = "2021-05-01-preview",
        ["Microsoft.KeyVault/vaults"] = "2023-07-01",
        ["Microsoft.KeyVault/vaults/secrets"] = "2023-07-01",
        ["Microsoft.MachineLearningServices/workspaces"] = "2024-10-01",
        ["Microsoft.ManagedIdentity/userAssignedIdentities"] = "2023-01-31",
        ["Microsoft.Network/virtualNetworks"] = "2024-01-01",
        ["Microsoft.OperationalInsights/workspaces"] = "2023-09-01",
        ["Microsoft.Resources/resourceGroups"] = "2024-03-01",
        ["Microsoft.Storage/storageAccounts"] = "2023-05-01",
        ["Microsoft.Web/serverfarms"] = "2024-04-01",
        ["Microsoft.Web/sites"] = "2024-04-01",
    };

    private static readonly Dictionary<string, string> s_roles = new(StringComparer.Ordinal)
    {
        ["b7e6dc6d-f1e8-4753-8033-0f276bb0955b"] = "Storage Blob Data Owner",
        ["ba92f5b4-2d11-453d-a403-e96b0029c9fe"] = "Storage Blob Data Contributor",
        ["974c5e8b-45b9-4653-ba55-5f855dd0fb88"] = "Storage Queue Data Contributor",
        ["0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"] = "Storage Table Data Contributor",
        ["3913510d-42f4-4e42-8a64-420c390055eb"] = "Monitoring Metrics Publisher",
        ["7f951dda-4ed3-4680-a7ca-43fe172d538d"] = "AcrPull",
        ["4633458b-17de-408a-b874-0445c86b69e6"] = "Key Vault Secrets User",
        ["f6c7c914-8db3-469d-8ca1-694a8f32e121"] = "AzureML Data Scientist",
        ["0ad04412-c4d5-4796-b79c-f76d14c8d402"] = "Durable Task Data Contributor",
    };

    [Fact]
    public void Every_name_is_declared_and_used_and_every_module_gets_what_it_needs() => Assert.Empty(s_project.Problems());

    [Fact]
    public void Every_resource_has_an_API_version_that_was_looked_up()
    {
        var wrong =
            from file in s_project.Files
            from resource in file.Of(DeclarationKind.Resource)
            where resource.Parent is null
            let parts = resource.Target.Split('@')
            where parts.Length is not 2 || !s_versions.TryGetValue(parts[0], out var version) || version != parts[1]
            select $"{Path.GetFileName(file.Path)}:{resource.Line}: {resource.Target}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void A_nested_resource_takes_its_version_from_its_parent() =>
        Assert.All(s_project.Files.SelectMany(f => f.Of(DeclarationKind.Resource)).Where(r => r.Parent is not null), r => Assert.DoesNotContain('@', r.Target));

    [Fact]
    public void Every_role_is_known_and_named_beside_its_id()
    {
        var ids =
            from file in s_project.Files
            from text in file.Declarations.Select(d => d.Body).OfType<Expression>().SelectMany(e => e.All()).OfType<TextExpression>()
            where Guid.TryParse(text.Value, out _)
            select (file, text.Value);
        Assert.All(ids, id =>
        {
            Assert.True(s_roles.TryGetValue(id.Value, out var name), $"{id.file.Path}: role {id.Value} is not in the list of built-in roles that was looked up");
            Assert.Contains(name, id.file.Source, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void No_account_has_shared_keys_or_public_blobs()
    {
        var accounts = s_project.Files.SelectMany(f => f.Of(DeclarationKind.Resource))
            .Where(r => r.Target.StartsWith("Microsoft.Storage/storageAccounts@", StringComparison.Ordinal))
            .Select(r => ((ObjectExpression)r.Body!).Find("properties")).OfType<ObjectExpression>().ToList();
        Assert.NotEmpty(accounts);
        Assert.All(accounts, properties =>
        {
            Assert.Equal("false", ((PlainExpression)properties.Find("allowSharedKeyAccess")!).Value);
            Assert.Equal("false", ((PlainExpression)properties.Find("allowBlobPublicAccess")!).Value);
        });
        Assert.DoesNotContain(s_project.Files, f => f.Source.Contains("listKeys", StringComparison.Ordinal));
    }

    [Fact]
    public void The_parameter_file_gives_declared_parameters_and_all_that_have_no_default()
    {
        var parameters = s_project.File(Path.Combine(RepositoryFiles.Infra, "main.bicep")).Of(DeclarationKind.Parameter).ToList();
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(RepositoryFiles.Infra, "main.parameters.json")));
        var given = json.RootElement.GetProperty("parameters").EnumerateObject().Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(given.Except(parameters.Select(p => p.Name), StringComparer.Ordinal));
        Assert.Empty(parameters.Where(p => !p.HasDefault).Select(p => p.Name).Except(given, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("param a string\nvar b = c\noutput o string = a", "'c' is not declared")]
    [InlineData("param a string", "'a' is declared and never used")]
    [InlineData("module m 'gone.bicep' = {\n  name: 'm'\n}", "module 'gone.bicep' does not exist")]
    [InlineData("module m 'part.bicep' = {\n  name: 'm'\n}\noutput o string = m.outputs.id", "parameter 'needed' of part.bicep is missing")]
    [InlineData("module m 'part.bicep' = {\n  name: 'm'\n  params: { needed: 'x', more: 'y' }\n}\noutput o string = m.outputs.id", "'more' is no parameter of part.bicep")]
    [InlineData("module m 'part.bicep' = {\n  name: 'm'\n  params: { needed: 'x' }\n}\noutput o string = m.outputs.name", "part.bicep has no output 'name'")]
    [InlineData("module m 'part.bicep' = {\n  name: 'm'\n  params: { needed: 'x' }\n}", "output 'id' of part.bicep is used by nobody")]
    [InlineData("var t = 'a-${missing}'\noutput o string = t", "'missing' is not declared")]
    public void A_dangling_reference_is_found(string source, string problem)
    {
        var folder = Directory.CreateTempSubdirectory("bicep");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "main.bicep"), source);
            File.WriteAllText(Path.Combine(folder.FullName, "part.bicep"), "param needed string\noutput id string = needed");
            Assert.Contains(BicepProject.Read(folder.FullName).Problems(), p => p.Contains(problem, StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("param = 3")]
    [InlineData("resource a 'x@1' = {")]
    [InlineData("var a = 'never ends")]
    [InlineData("variable a = 1")]
    public void What_is_no_Bicep_is_refused_with_its_line(string source)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, source);
            Assert.StartsWith($"{path}:1: ", Assert.Throws<BicepSyntaxException>(() => BicepParser.Read(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
