using System;
using System.IO;
using System.Net.Http;
using System.Text.RegularExpressions;

public static class Ask
{
    public static void Main(string[] given)
    {
        foreach (var name in new[] { "rocket.jpg", "wall.jpg", "text.jpg" }) Tell(given[0], given[1], Path.Combine(given[2], name));
        Tell(given[0], "another", Path.Combine(given[2], "rocket.jpg"));
    }

    private static void Tell(string address, string key, string picture)
    {
        var asked = new OriginalApp(new Uri(address), key);
        try
        {
            Console.WriteLine(asked.LabelAsync(File.ReadAllBytes(picture)).GetAwaiter().GetResult() ?? "-");
        }
        catch (HttpRequestException refused)
        {
            Console.WriteLine(Regex.Match(refused.Message, "\"reason\": ?\"([A-Z_]+)\"").Groups[1].Value);
        }
    }
}
