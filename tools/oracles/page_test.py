#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Drives the page of `seben serve` in headless Chromium: a file, then a microphone that plays the same recording. The
texts on the page are those of `seben transcribe`, and of `seben listen` on what the microphone brought. Pictures of it
go to a folder.

usage: build/venv-serve/bin/python tools/oracles/page_test.py SEBEN BUNDLE RECORDING PICTURES [WHISPER RECORDING]

WHISPER is the bundle of a model without a head: its text and its subtitles, of another recording.

scripts/setup-serve --page makes the Python and brings Chromium. Ends with 1 where something differs, with 77 and a line
where there is no Chromium.
"""
import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import time
import wave

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

failures = 0
kSizes = {"wide": (1280, 900), "narrow": (360, 740)}


def check(what, expected, found):
    global failures
    failures += expected != found
    print(("same      " if expected == found else "DIFFERENT ") + what)
    if expected != found:
        print("  expected:", repr(expected)[:300])
        print("  found:   ", repr(found)[:300])


def browser(recording, downloads, dark):
    options = Options()
    options.binary_location = shutil.which("chromium")
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream",
                 "--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={recording}%noloop",
                 "--lang=en-US"):
        options.add_argument(flag)
    if dark:
        options.add_argument("--force-dark-mode")
        options.add_argument("--blink-settings=preferredColorScheme=0")
    options.add_experimental_option("prefs", {"download.default_directory": downloads})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


def until(action, seconds=180):
    end = time.time() + seconds
    while time.time() < end:
        if value := action():
            return value
        time.sleep(0.2)
    return None


def text_of(driver):
    """What is on the page, utterances by spaces, as one text."""
    return " ".join(" ".join(line.text.split()) for line in driver.find_elements(By.CSS_SELECTOR, "#log p"))


def performance(driver):
    return [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]


def seconds_of(recording):
    return float(subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0",
                                 recording], check=True, capture_output=True, text=True).stdout)


def picture(driver, folder, name):
    for size, (width, height) in kSizes.items():
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                               {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == "narrow"})
        time.sleep(0.3)
        overflow = driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
        check(f"{name}, {size}: nothing beyond the edge", True, overflow <= 0)
        driver.save_screenshot(os.path.join(folder, f"{name}-{size}.png"))
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def try_file(driver, args, expected, downloads):
    driver.find_element(By.ID, "file").send_keys(os.path.abspath(args.recording))
    until(lambda: driver.find_element(By.ID, "status").text == "Done.")
    check("file: text", expected, text_of(driver))
    log = driver.find_element(By.ID, "log")
    check("direction", "rtl", log.value_of_css_property("direction"))
    check("font is loaded", True, driver.execute_script("return document.fonts.check('24px \"Noto Sans NKo\"', '\\u07d2')"))
    check("font", True, log.value_of_css_property("font-family").startswith('"Noto Sans NKo"'))
    driver.find_element(By.CSS_SELECTOR, ".word[tabindex='0']").send_keys(Keys.ARROW_LEFT)
    check("details by keyboard", True, "% sure" in driver.find_element(By.ID, "details").text)
    stem = os.path.splitext(os.path.basename(args.recording))[0]
    for form in ("txt", "srt", "vtt", "json"):
        driver.find_element(By.CSS_SELECTOR, f".save[data-format='{form}']").click()
        path = os.path.join(downloads, f"{stem}.{form}")
        check(f"download of {form}", True, until(lambda: os.path.exists(path) and os.path.getsize(path) > 0, 20))
    for form in ("srt", "vtt"):
        own = subprocess.run([args.seben, "transcribe", "--bundle", args.bundle, "--format", form, args.recording],
                             check=True, capture_output=True, text=True).stdout
        with open(os.path.join(downloads, f"{stem}.{form}"), encoding="utf-8") as file:
            check(f"{form} as the program writes it", own, file.read())


def try_whisper(driver, args, downloads):
    Select(driver.find_element(By.ID, "model")).select_by_value("whisper")
    driver.find_element(By.ID, "clear").click()
    bundle, recording = args.whisper
    driver.find_element(By.ID, "file").send_keys(os.path.abspath(recording))
    until(lambda: driver.find_element(By.ID, "status").text == "Done.")
    stem = os.path.splitext(os.path.basename(recording))[0]
    for form in ("srt", "vtt"):
        driver.find_element(By.CSS_SELECTOR, f".save[data-format='{form}']").click()
        path = os.path.join(downloads, f"{stem}.{form}")
        until(lambda: os.path.exists(path) and os.path.getsize(path) > 0, 20)
        own = subprocess.run([args.seben, "transcribe", "--bundle", bundle, "--format", form, recording], check=True,
                             capture_output=True, text=True).stdout
        with open(path, encoding="utf-8") as file:
            check(f"Whisper: {form} as the program writes it", own, file.read())


def sent_sound(log, path):
    """What the page sent as sound, from Chromium's own record of the socket, as a WAV file."""
    rate, samples = 16000, b""
    for one in log:
        if one["method"] != "Network.webSocketFrameSent":
            continue
        frame = one["params"]["response"]
        if frame["opcode"] == 2:
            samples += base64.b64decode(frame["payloadData"])
        elif "rate" in (event := json.loads(frame["payloadData"])):
            rate = event["rate"]
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)
    return len(samples) / 2 / rate


def try_microphone(driver, args, whole, log):
    """The recording comes through the browser: later by what it took to open the microphone, and resampled. What the
    page shows is compared with `seben listen` on the sound that was sent, and with `seben transcribe` on it."""
    driver.find_element(By.ID, "clear").click()
    driver.find_element(By.ID, "microphone").click()
    until(lambda: driver.find_element(By.ID, "status").text.startswith("Listening"), 60)
    seen_provisional = until(lambda: driver.find_element(By.ID, "provisional").text or text_of(driver), 60)
    check("microphone: something while it is spoken", True, bool(seen_provisional))
    picture(driver, args.pictures, "speaking")
    time.sleep(seconds_of(args.recording))
    driver.find_element(By.ID, "microphone").click()
    until(lambda: driver.find_element(By.ID, "status").text == "Done.")
    log += performance(driver)
    path = os.path.join(args.pictures, "sent.wav")
    print(f"          {sent_sound(log, path):.1f} s of sound were sent")
    heard = subprocess.run([args.seben, "listen", "--bundle", args.bundle, "--input", path, "--as-fast-as-possible",
                            "--json"], check=True, capture_output=True, text=True).stdout
    finals = [event["text"] for event in map(json.loads, heard.splitlines()) if event["event"] == "final"]
    check("microphone: text, as seben listen hears the sound that was sent", " ".join(finals).strip(), text_of(driver))
    print("          seben transcribe of the recording:", "the same" if whole == text_of(driver) else repr(whole))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("seben", "bundle", "recording", "pictures"):
        parser.add_argument(name)
    parser.add_argument("whisper", nargs="*")
    args = parser.parse_args()
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        print("page_test: expected chromium and chromedriver (scripts/setup-serve --page), found none: skipped")
        sys.exit(77)
    os.makedirs(args.pictures, exist_ok=True)
    downloads = os.path.abspath(os.path.join(args.pictures, "downloads"))
    shutil.rmtree(downloads, ignore_errors=True)  # Chromium would name what is there already otherwise
    os.makedirs(downloads)
    whole = json.loads(subprocess.run([args.seben, "transcribe", "--bundle", args.bundle, "--json", args.recording],
                                      check=True, capture_output=True, text=True).stdout)
    expected = whole["text"]
    server = subprocess.Popen([args.seben, "serve", "--quiet", "--model", "nko=" + args.bundle, "--listen",
                               "127.0.0.1:0", *(["--model", "whisper=" + args.whisper[0]] if args.whisper else [])],
                              stderr=subprocess.PIPE, text=True)
    try:
        address = server.stderr.readline().split(" at ")[1].strip()
        for dark in (False, True):
            log = []
            driver = browser(os.path.abspath(args.recording), downloads, dark)
            try:
                driver.get(address + "/")
                until(lambda: driver.find_elements(By.CSS_SELECTOR, "#model option"))
                name = "dark" if dark else "light"
                picture(driver, args.pictures, name + "-empty")
                if not dark:
                    try_file(driver, args, expected, downloads)
                    try_microphone(driver, args, expected, log)
                    if args.whisper:
                        try_whisper(driver, args, downloads)
                else:
                    driver.find_element(By.ID, "file").send_keys(os.path.abspath(args.recording))
                    until(lambda: driver.find_element(By.ID, "status").text == "Done.")
                picture(driver, args.pictures, name)
                severe = [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
                check(name + ": no errors", [], severe)
                log += performance(driver)
                urls = {one["params"]["request"]["url"] for one in log if one["method"] == "Network.requestWillBeSent"}
                outside = sorted(url for url in urls if not url.startswith((address, "blob:", "data:")))
                check(name + ": no requests to elsewhere", [], outside)
            finally:
                driver.quit()
    finally:
        server.terminate()
        server.wait(60)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
