import assert from 'node:assert/strict'
import test from 'node:test'
import { firstWay, withoutNcaLayer } from './ways.js'

const ALL = ['ncalayer', 'egov-mobile', 'password', 'by-hand']

test('an error is shown where it happened, whatever was used before', () => {
  assert.equal(firstWay(ALL, { named: 'password', remembered: 'ncalayer', isPhone: true }), 'password')
})

test('what the person took last comes first again, where it is offered', () => {
  assert.equal(firstWay(ALL, { remembered: 'password', isPhone: false }), 'password')
  assert.equal(firstWay(['ncalayer', 'by-hand'], { remembered: 'password', isPhone: false }), 'ncalayer')
})

test('a phone begins with eGov Mobile, a computer with NCALayer', () => {
  assert.equal(firstWay(ALL, { isPhone: true }), 'egov-mobile')
  assert.equal(firstWay(ALL, { isPhone: false }), 'ncalayer')
  assert.equal(firstWay(['ncalayer', 'by-hand'], { isPhone: true }), 'ncalayer')
})

test('without NCALayer the phone is offered, where there is such a way', () => {
  assert.equal(withoutNcaLayer(ALL), 'egov-mobile')
  assert.equal(withoutNcaLayer(['ncalayer', 'by-hand']), undefined)
})
