using System.Buffers.Binary;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace MlOps.Serving.Tests.OpenInference;

/// <summary>The protocol as its clients speak it, over HTTP.</summary>
public sealed class OpenInferenceTests(OpenInferenceTests.Host shared) : IClassFixture<OpenInferenceTests.Host>
{
    [Fact]
    public async Task The_server_tells_what_it_is()
    {
        var (status, server) = await shared.GetAsync("v2");
        Assert.Equal((200, "mlops"), (status, server.GetProperty("name").GetString()));
        Assert.Equal(["binary_tensor_data"], server.GetProperty("extensions").EnumerateArray().Select(e => e.GetString()));
        Assert.True((await shared.GetAsync("v2/health/live")).Body.GetProperty("live").GetBoolean());
        Assert.True((await shared.GetAsync("v2/health/ready")).Body.GetProperty("ready").GetBoolean());
    }

    [Theory]
    [InlineData("v2/models/sizes")]
    [InlineData("v2/models/sizes/versions/1")]
    public async Task A_model_tells_its_inputs_and_outputs(string path)
    {
        var (status, model) = await shared.GetAsync(path);
        Assert.Equal((200, "sizes", "onnxruntime_onnx"), (status, model.GetProperty("name").GetString(), model.GetProperty("platform").GetString()));
        Assert.Equal(["1", "2"], model.GetProperty("versions").EnumerateArray().Select(v => v.GetString()));
        Assert.Equal("""[{"name":"size","datatype":"FP64","shape":[-1]}]""", model.GetProperty("inputs").GetRawText());
        Assert.Equal("""[{"name":"prediction","datatype":"FP32","shape":[-1,1]}]""", model.GetProperty("outputs").GetRawText());
        Assert.True((await shared.GetAsync(path + "/ready")).Body.GetProperty("ready").GetBoolean());
    }

    [Theory]
    [InlineData("v2/models/unknown")]
    [InlineData("v2/models/unknown/ready")]
    [InlineData("v2/models/sizes/versions/9")]
    [InlineData("v2/models/sizes/versions/9/ready")]
    public async Task What_is_not_served_is_told_with_what_is(string path)
    {
        var (status, body) = await shared.GetAsync(path);
        Assert.Equal(404, status);
        Assert.Matches("sizes", body.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("""{"name":"size","shape":[2],"datatype":"FP64","data":[1.5,2]}""")]
    [InlineData("""{"name":"size","shape":[2,1],"datatype":"FP32","data":[[1.5],[2]]}""")]
    [InlineData("""{"data":[1.5,2],"datatype":"FP64","shape":[2],"name":"size"}""")]
    [InlineData("""{"name":"matrix","shape":[2,1],"datatype":"FP64","data":[[1.5],[2]],"parameters":{"content_type":"np"}}""")]
    public async Task Tensors_may_be_flat_or_nested_a_column_or_a_matrix(string input)
    {
        var answer = await shared.InferAsync($$"""{"id":"42","inputs":[{{input}}]}""");
        Assert.Equal(("42", "sizes", "1"), (answer.GetProperty("id").GetString(), answer.GetProperty("model_name").GetString(), answer.GetProperty("model_version").GetString()));
        Assert.Equal("""[{"name":"prediction","datatype":"FP32","shape":[2,1],"data":[2.5,3]}]""", answer.GetProperty("outputs").GetRawText());
    }

    [Theory]
    [InlineData("INT8", "[-3]", -2)]
    [InlineData("INT16", "[300]", 301)]
    [InlineData("INT32", "[70000]", 70001)]
    [InlineData("INT64", "[7]", 8)]
    [InlineData("UINT8", "[200]", 201)]
    [InlineData("UINT16", "[60000]", 60001)]
    [InlineData("UINT32", "[70000]", 70001)]
    [InlineData("UINT64", "[9]", 10)]
    [InlineData("FP16", "[0.5]", 1.5)]
    [InlineData("FP32", "[0.25]", 1.25)]
    public async Task Numbers_may_be_of_every_width(string datatype, string data, double expected) =>
        Assert.Equal(expected, (await shared.InferAsync($$"""{"inputs":[{"name":"size","shape":[1],"datatype":"{{datatype}}","data":{{data}}}]}"""))
            .GetProperty("outputs")[0].GetProperty("data")[0].GetDouble());

    [Theory]
    [InlineData("v2/models/sizes/infer", "1", 6)]
    [InlineData("v2/models/sizes/versions/1/infer", "1", 6)]
    [InlineData("v2/models/sizes/versions/2/infer", "2", 7)]
    public async Task A_version_may_be_asked_for(string path, string version, double expected)
    {
        var answer = await shared.InferAsync("""{"inputs":[{"name":"size","shape":[1],"datatype":"FP64","data":[5]}]}""", path);
        Assert.Equal((version, expected), (answer.GetProperty("model_version").GetString(), answer.GetProperty("outputs")[0].GetProperty("data")[0].GetDouble()));
    }

    [Fact]
    public async Task Tensors_may_go_and_come_in_binary()
    {
        var json = Encoding.UTF8.GetBytes("""
            {"inputs":[{"name":"size","shape":[3,1],"datatype":"FP32","parameters":{"binary_data_size":12}}],"outputs":[{"name":"prediction","parameters":{"binary_data":true}}]}
            """);
        var data = new byte[12];
        for (var i = 0; i < 3; i++) BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4 * i), i + 0.5f);
        using var response = await shared.PostBinaryAsync([.. json, .. data], json.Length);
        Assert.Equal(200, (int)response.StatusCode);
        var length = int.Parse(response.Headers.GetValues("Inference-Header-Content-Length").Single(), CultureInfo.InvariantCulture);
        var body = await response.Content.ReadAsByteArrayAsync();
        var output = JsonSerializer.Deserialize<JsonElement>(body.AsSpan(0, length)).GetProperty("outputs")[0];
        Assert.Equal(12, output.GetProperty("parameters").GetProperty("binary_data_size").GetInt32());
        Assert.Equal([1.5f, 2.5f, 3.5f], Enumerable.Range(0, 3).Select(i => BinaryPrimitives.ReadSingleLittleEndian(body.AsSpan(length + (4 * i)))));
        Assert.Equal(length + 12, body.Length);
    }

    [Fact]
    public async Task All_outputs_may_be_asked_for_in_binary()
    {
        var answer = Encoding.UTF8.GetBytes("""{"parameters":{"binary_data_output":true},"inputs":[{"name":"size","shape":[1],"datatype":"FP64","data":[5]}]}""");
        using var response = await shared.PostBinaryAsync(answer, answer.Length);
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(6f, BinaryPrimitives.ReadSingleLittleEndian(body.AsSpan(body.Length - 4)));
    }

    [Theory]
    [InlineData("", "no JSON")]
    [InlineData("[1]", "no JSON object")]
    [InlineData("""{"inputs":[]}""", "'inputs' is missing or empty")]
    [InlineData("""{"input":[]}""", "Did you mean 'inputs'?")]
    [InlineData("""{"id":5,"inputs":[]}""", "'id' must be a text")]
    [InlineData("""{"inputs":[5]}""", "inputs[0] is no object")]
    [InlineData("""{"inputs":[{"shape":[1],"datatype":"FP64","data":[1]}]}""", "an input has no name")]
    [InlineData("""{"inputs":[{"name":"size","datatype":"FP64","data":[1]}]}""", "its shape must have one or two dimensions")]
    [InlineData("""{"inputs":[{"name":"size","shape":[1,1,1],"datatype":"FP64","data":[1]}]}""", "its shape must have one or two dimensions")]
    [InlineData("""{"inputs":[{"name":"size","shape":[0],"datatype":"FP64","data":[]}]}""", "has no elements")]
    [InlineData("""{"inputs":[{"name":"size","shape":[-1],"datatype":"FP64","data":[1]}]}""", "has no elements")]
    [InlineData("""{"inputs":[{"name":"size","shape":[40000000],"datatype":"INT64","data":[1]}]}""", "fewer elements")]
    [InlineData("""{"inputs":[{"name":"size","shape":[1],"datatype":"FLOAT","data":[1]}]}""", "'FLOAT' is no datatype")]
    [InlineData("""{"inputs":[{"name":"size","shape":[1],"datatype":"FP64"}]}""", "has no data")]
    [InlineData("""{"inputs":[{"name":"size","shape":[2],"datatype":"FP64","data":[1]}]}""", "has 1 elements of data, its shape asks for 2")]
    [InlineData("""{"inputs":[{"name":"size","shape":[1],"datatype":"FP64","data":[1,2]}]}""", "more data than the 1 elements")]
    [InlineData("""{"inputs":[{"name":"size","shape":[1],"datatype":"FP64","data":["1"]}]}""", "data[0] = 1; datatype FP64 is declared")]
    [InlineData("""{"inputs":[{"name":"size","shape":[1],"datatype":"INT8","data":[300]}]}""", "data[0] = 300; datatype INT8 is declared")]
    [InlineData("""{"inputs":[{"name":"size","shape":[1],"datatype":"INT64","data":[1.5]}]}""", "data[0] = 1.5")]
    [InlineData("""{"inputs":[{"name":"size","shape":[1],"datatype":"BYTES","data":["x"]}]}""", "row 0, input 'size' = x: a number is expected.")]
    [InlineData("""{"inputs":[{"name":"size","shape":[1],"datatype":"BOOL","data":[true]}]}""", "a number is expected.")]
    [InlineData("""{"inputs":[{"name":"size","shape":[1],"datatype":"FP64","data":[2e6]}]}""", "a number of at most 1000000")]
    [InlineData("""{"inputs":[{"name":"sise","shape":[1],"datatype":"FP64","data":[1]},{"name":"size","shape":[1],"datatype":"FP64","data":[1]}]}""", "Did you mean 'size'?")]
    [InlineData("""{"inputs":[{"name":"size","shape":[1],"datatype":"FP64","data":[1]},{"name":"size","shape":[1],"datatype":"FP64","data":[1]}]}""", "given twice")]
    [InlineData("""{"inputs":[{"name":"size","shape":[1,2],"datatype":"FP64","data":[1,2]}]}""", "has 2 values a row")]
    [InlineData("""{"inputs":[{"name":"size","shape":[1],"datatype":"FP64","data":[1]}],"outputs":[{"name":"predicton"}]}""", "Did you mean 'prediction'?")]
    [InlineData("""{"inputs":[{"name":"size","shape":[1],"datatype":"FP64","parameters":{"binary_data_size":8}}]}""", "0 bytes of binary data are left")]
    public async Task A_request_that_does_not_keep_the_protocol_is_told_why(string body, string said)
    {
        using var response = await shared.PostAsync(body, "v2/models/sizes/infer");
        Assert.Equal(400, (int)response.StatusCode);
        var error = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetString();
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.NotEmpty(response.Headers.GetValues("X-Request-Id"));
    }

    [Theory]
    [InlineData("FP32", 4, 3)]
    [InlineData("FP32", 4, 5)]
    [InlineData("BYTES", 3, 3)]
    [InlineData("BYTES", 8, 8)]
    public async Task Binary_data_of_another_length_is_refused(string datatype, int size, int sent)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"inputs":[{"name":"size","shape":[1],"datatype":"{{datatype}}","parameters":{"binary_data_size":{{size}} } } ]}""");
        using var response = await shared.PostBinaryAsync([.. json, .. Enumerable.Repeat((byte)9, sent)], json.Length);
        Assert.Equal(400, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1000000")]
    public async Task A_length_of_the_JSON_that_cannot_be_is_refused(string length)
    {
        using var response = await shared.PostBinaryAsync("{}"u8.ToArray(), length);
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains("Inference-Header-Content-Length", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_number_is_null_or_NaN()
    {
        foreach (var input in (string[])["""{"name":"size","shape":[1],"datatype":"FP64","data":[null]}""", """{"name":"size","shape":[1],"datatype":"INT64","data":[null]}"""])
            Assert.Equal("NaN", (await shared.InferAsync($$"""{"inputs":[{{input}}]}""")).GetProperty("outputs")[0].GetProperty("data")[0].GetString());
    }

    /// <summary>One host for the tests that change nothing.</summary>
    public sealed class Host : IAsyncLifetime
    {
        private ServingHost? _host;

        public async Task InitializeAsync()
        {
            _host = await ServingHost.StartAsync();
            await _host.SwitchAsync("sizes", await _host.AddModelAsync(1), await _host.AddModelAsync(2, "staging", 0));
            await _host.FollowsAsync("sizes", 1);
        }

        public async Task<(int Status, JsonElement Body)> GetAsync(string path)
        {
            using var response = await _host!.Http.GetAsync(path);
            return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
        }

        public Task<HttpResponseMessage> PostAsync(string body, string path) =>
            _host!.Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));

        public async Task<JsonElement> InferAsync(string body, string path = "v2/models/sizes/infer")
        {
            using var response = await PostAsync(body, path);
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, text);
            return JsonSerializer.Deserialize<JsonElement>(text);
        }

        public Task<HttpResponseMessage> PostBinaryAsync(byte[] body, object jsonLength)
        {
            var content = new ByteArrayContent(body);
            content.Headers.ContentType = new("application/octet-stream");
            content.Headers.Add("Inference-Header-Content-Length", $"{jsonLength}");
            return _host!.Http.PostAsync("v2/models/sizes/infer", content);
        }

        public async Task DisposeAsync() => await _host!.DisposeAsync();
    }
}
